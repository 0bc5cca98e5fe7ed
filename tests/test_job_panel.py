"""What takes long is computed by a job: the card in its place, the way out, and the scene when it is there."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from apptest import APP, link, open_page
from vaegc import Experiment, jobs, store
from vaegc.experiment.estimate import is_scene_cached
from vaegc.ui import job_watch

TOY = {"dataset": "moons", "n": "60", "model": "off", "ascent.steps": "2"}
SPEC = Experiment.from_query(TOY)
ME, SHE = "M" * 32, "S" * 32  # the names of two browsers


@pytest.fixture
def desk(jobs_by_hand, monkeypatch, empty_cache):
    monkeypatch.setattr("vaegc.ui.session_scene.is_fast", lambda spec, _seen=None: is_scene_cached(spec))
    return jobs_by_hand


def opened(browser: str = ME, **query: str) -> AppTest:
    return open_page("", {"profile": browser}, **{**TOY, **query})


def has_stage(app: AppTest) -> bool:
    assert not app.exception
    return any(part.proto.component_name == "vaegc_stage" for part in app.get("bidi_component"))


def text(app: AppTest) -> str:
    main = app.main
    kinds = (main.markdown, main.caption, main.error, main.info, main.warning)
    return " ".join(str(element.value) for kind in kinds for element in kind)


def bar(app: AppTest) -> tuple[int, str]:
    (proto,) = (part.proto for part in app.get("progress"))
    return proto.value, proto.text


def test_a_card_says_what_is_computed_and_how_far_it_is(desk):
    app = opened()
    assert not has_stage(app)
    (job,) = desk.jobs()
    assert job.command == ("scene", SPEC.to_query())
    assert job.title == "60 points of Moons (2-D toy) in the data"
    assert "Computing 60 points of Moons (2-D toy) in the data" in text(app)
    assert bar(app) == (0, "Starting")
    desk.tell(300, 750, "t-SNE iteration 300 of 750")
    app.run()
    assert bar(app) == (40, "Drawing the map: t-SNE iteration 300 of 750")
    assert "3 s so far" in text(app)
    assert len(desk.jobs()) == 1


def test_the_stage_appears_when_the_job_has_ended_and_its_folder_goes(desk):
    app = opened(frame="1", **{"clustering.eps": "0.3"})
    SPEC.packed_scene()
    desk.end("done")
    app.run()
    assert has_stage(app)
    assert desk.jobs() == []
    assert "Computing" not in text(app)
    assert {"frame": "1", "clustering.eps": "0.3"}.items() <= link(app).items()


def test_the_link_follows_while_one_waits(desk):
    app = opened()
    app.sidebar.slider(key="explore_steps").set_value(9).run()
    assert link(app)["ascent.steps"] == "9"


def test_cancel_stops_the_job_and_keeps_the_settings(desk):
    app = opened()
    (job,) = desk.jobs()
    app.button(key="stop_waiting").click().run()
    assert desk.cancelled == [job.id]
    assert not has_stage(app)
    assert "Cancelled." in text(app)
    assert app.sidebar.slider(key="explore_steps").value == 2
    app.run()
    assert len(desk.jobs()) == 1  # not begun again by itself
    app.button(key="compute").click().run()
    assert "Computing" in text(app)
    assert [desk.state(job).status for job in desk.jobs()].count("running") == 1


def test_another_setting_cancels_the_old_job_and_begins_a_new_one(desk):
    app = opened()
    (job,) = desk.jobs()
    app.sidebar.slider(key="explore_steps").set_value(9).run()
    assert desk.cancelled == [job.id]
    running = [job for job in desk.jobs() if desk.state(job).status == "running"]
    assert ["ascent.steps=9" in job.command[1] for job in running] == [True]


def test_a_second_tab_waits_for_the_same_job_and_keeps_it_alive(desk):
    first, second = opened(), opened()
    (job,) = desk.jobs()
    first.button(key="stop_waiting").click().run()
    assert desk.cancelled == []
    assert "Cancelled." in text(first)
    assert "Computing" in text(second.run())
    second.button(key="stop_waiting").click().run()
    assert desk.cancelled == [job.id]


def test_another_browser_waits_for_the_same_public_data_but_cannot_cancel(desk):
    opened()
    hers = opened(SHE)
    assert len(desk.jobs()) == 1
    assert "Somebody else asked for the same" in text(hers)
    assert hers.button(key="stop_waiting").label == "Do not wait"
    hers.button(key="stop_waiting").click().run()
    assert desk.cancelled == []
    assert "Compute it" in [button.label for button in hers.button]


def test_who_joined_a_job_that_its_owner_ended_computes_it_without_them(desk, clock):
    mine, hers = opened(), opened(SHE)
    clock.at += job_watch.WATCHER_TIMEOUT_S  # she has not looked for so long
    mine.button(key="stop_waiting").click().run()
    assert len(desk.cancelled) == 1
    hers.run()
    running = [job for job in desk.jobs() if desk.state(job).status == "running"]
    assert len(running) == 1
    assert "Computing" in text(hers)


def test_a_full_server_is_waited_for_and_said(desk):
    desk.full = True
    app = opened()
    assert "2 jobs run at once on this server, and no place is free" in text(app)
    assert "begins by itself" in text(app)
    desk.full = False
    app.run()
    assert "Computing" in text(app)


def test_one_may_leave_the_queue(desk):
    desk.full = True
    app = opened()
    app.button(key="stop_waiting").click().run()
    assert "Cancelled." in text(app)
    desk.full = False
    app.run()
    assert desk.jobs() == []


def test_a_failed_job_is_its_sentence_and_may_be_tried_again(desk):
    app = opened()
    desk.end("failed", f"The model in {store.runs_root().absolute()}/profiles/secret is damaged.")
    app.run()
    (error,) = app.error
    assert error.value == "The model in …/profiles/secret is damaged."
    assert "secret" not in text(app.run()) or str(store.runs_root()) not in text(app)
    app.button(key="compute").click().run()
    assert "Computing" in text(app)


def test_a_job_that_was_killed_says_what_to_change(desk):
    app = opened()
    desk.end("killed")
    app.run()
    assert "needed more memory than there is. Choose fewer points" in app.error[0].value


def test_a_scene_that_could_not_be_kept_is_not_computed_for_ever(desk):
    app = opened()
    desk.end("done")
    app.run()
    assert "could not be kept" in app.error[0].value
    app.run()
    assert desk.jobs() == []


def test_a_job_that_is_gone_is_begun_again(desk):
    app = opened()
    desk.there.clear()
    app.run()
    assert "Computing" in text(app)
    assert len(desk.jobs()) == 1


def test_what_ended_jobs_left_is_tidied_up(desk):
    left = desk.start(("scene", "seed=9"), owner=waiting_owner())
    desk.end("done", job=left)
    training = desk.start(("train", "moons"), owner=waiting_owner())
    desk.end("done", job=training)
    opened()
    assert left not in desk.jobs()
    assert training in desk.jobs()


def waiting_owner() -> str:
    return store.content_hash("profile", ME)


def test_a_read_only_server_says_that_it_takes_too_long(desk, monkeypatch):
    monkeypatch.setenv("VAEGC_READONLY", "1")
    app = opened()
    assert not has_stage(app)
    assert "longer than a read-only server computes" in text(app)
    assert desk.jobs() == []
    SPEC.packed_scene()
    assert has_stage(app.run())


def test_a_lesson_waits_in_the_same_way(desk):
    app = AppTest.from_file(APP, default_timeout=600)
    app.session_state["profile"] = ME
    app.switch_page("pages/6_Learn.py").run()
    assert not app.exception
    assert "Computing 1,000 points of Blobs (2-D toy) in the data" in text(app)


def test_a_real_job_brings_the_scene(monkeypatch, empty_cache, tmp_path):
    monkeypatch.setenv("VAEGC_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr("vaegc.ui.session_scene.is_fast", lambda spec, _seen=None: is_scene_cached(spec))
    app = opened()
    assert not has_stage(app)
    (job,) = jobs.jobs()
    assert jobs.wait(job).status == "done"
    assert has_stage(app.run())
    assert jobs.jobs() == []
