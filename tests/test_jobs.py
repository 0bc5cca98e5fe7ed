"""Long work as subprocesses: each way to end is told from the others, whoever asks, and nothing is lost."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

import vaegc
from vaegc import jobs
from vaegc.errors import BadInput
from vaegc.jobs import Job, State, _process, _record
from vaegc.training import run_status

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
TRAIN = ("train", "moons", "--out", "{folder}/model", "--latent-dim", "2", "--hidden", "8", "--resume", "--epochs")
BRIEF, ENDLESS = (*TRAIN, "2"), (*TRAIN, "1000000")
STEP = '{"event": "progress", "stage": "train", "done": 1, "total": 9, "message": "Epoch 1 of 9", "values": {}}\n'
TRACEBACK = 'Traceback (most recent call last):\n  File "x.py", line 1, in <module>\n    f()\nValueError: no such thing\n'


@pytest.fixture(autouse=True)
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A runs folder of this test's own; what still runs in it at the end is killed."""
    folder = tmp_path / "runs"
    monkeypatch.setenv("VAEGC_RUNS", str(folder))
    yield folder
    monkeypatch.setenv("VAEGC_RUNS", str(folder))
    for job in jobs.jobs():
        jobs.kill(job)


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(["sleep", "infinity"], start_new_session=True)
    yield process
    process.kill()
    process.wait()


def until(job: Job, condition: Callable[[State], bool]) -> State:
    while not condition(now := jobs.state(job)):
        assert now.status == "running", now
        time.sleep(0.05)
    return now


def elsewhere(code: str) -> str:
    """What another Python process prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def written(runs: Path, number: int = 0, events: str = "", errors: str = "", **facts: object) -> Job:
    """A job that is not started here: its folder, as a process that has ended left it."""
    name = f"20260101-120000-{number:06}-0123abcd"
    job = Job(name, runs / name, ("train", "moons"), "Moons", None, 1e9, pid=2**22 + 1, born="never")
    job = replace(job, **facts)
    job.folder.mkdir(parents=True)
    _record.write_record(job)
    (job.folder / "events.jsonl").write_text(events, encoding="utf-8")
    (job.folder / "errors.txt").write_text(errors, encoding="utf-8")
    return job


# --- a job from its start to its end ---------------------------------------------------------------------------------


def test_a_job_that_ends_well_is_done_and_has_its_result_and_its_files(runs):
    job = jobs.start(BRIEF, title="Moons", owner="me")
    assert job.folder.parent == runs
    now = jobs.wait(job)
    assert (now.status, now.message) == ("done", "Finished."), (job.folder / "errors.txt").read_text()
    assert now.result is not None
    assert now.result["event"] == "result"
    assert now.last is not None
    assert now.last["event"] == "progress"
    assert now.events >= 3
    assert now.seconds > 0
    assert vaegc.load_model(job.folder / "model").provenance.data == "moons"
    printed, at = jobs.events(job)
    assert len(printed) == now.events
    assert jobs.events(job, at) == ([], at)
    assert jobs.wait(job).status == "done"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("train", "nope", "--out", "{folder}/model"), "There is no data set called 'nope'"),
        (("train", "moons"), "the following arguments are required: --out"),
    ],
)
def test_a_command_that_cannot_be_run_has_failed_and_says_why(command, words):
    now = jobs.wait(jobs.start(command))
    assert now.status == "failed"
    assert words in now.message
    assert len(now.message.splitlines()) == 1


def test_a_cancelled_job_saves_is_stopped_and_goes_on_in_the_same_folder():
    job = jobs.start(ENDLESS, title="Moons")
    until(job, lambda now: now.events >= 3)
    with pytest.raises(BadInput, match="'Moons' is still running; cancel it"):
        jobs.delete(job)
    for command in (None, BRIEF):
        with pytest.raises(BadInput, match="'Moons' is still running; pause or cancel it"):
            jobs.resume(job, command)
    jobs.cancel(job)
    jobs.cancel(job)  # an impatient hand does not interrupt the saving
    jobs.pause(job)
    now = jobs.wait(job)
    assert (now.status, now.message) == ("stopped", "Stopped; what was done until then is saved.")
    assert now.result is not None
    assert now.result["stopped"] is True
    assert vaegc.load_model(job.folder / "model").provenance.stopped
    before, at = jobs.events(job)

    again = jobs.resume(job)
    assert (again.id, again.folder, again.command) == (job.id, job.folder, job.command)
    assert [(a.started, a.status, a.message) for a in again.attempts] == [(job.started, "stopped", now.message)]
    assert jobs.state(job).result is None, "the old handle sees the new attempt, not the end of the old one"
    now = until(job, lambda now: now.last is not None)
    assert now.status == "running"
    assert jobs.events(job, at)[0]
    assert jobs.events(job)[0][: len(before)] == before
    jobs.kill(job)
    assert jobs.state(again).status == "killed"
    assert "on request" in jobs.state(again).message
    jobs.delete(job)
    assert jobs.jobs() == []
    assert not job.folder.exists()
    with pytest.raises(BadInput, match="There is no job"):
        jobs.state(job)


def test_a_paused_training_goes_on_to_the_weights_of_an_uninterrupted_one(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # equal weights need equal threads
    command = (
        "train",
        "digits",
        "--n",
        "100",
        "--out",
        "{folder}/model",
        "--resume",
        "--hidden",
        "16",
        "--seed",
        "3",
        "--epochs",
    )
    job = jobs.start((*command, "1000000"), title="Digits", owner="me")
    until(job, lambda now: now.last is not None and now.last["done"] >= 2)
    jobs.pause(job)
    jobs.pause(job)
    now = jobs.wait(job)
    assert (now.status, now.message) == ("paused", "Paused; resume goes on where it was.")
    assert vaegc.load_model(job.folder / "model").provenance.stopped
    done = run_status.history(job.folder).done

    enough = (*command, str(done + 5))
    again, whole = jobs.resume(jobs.find(job.id, "me"), enough), jobs.start(enough)
    assert [attempt.status for attempt in again.attempts] == ["paused"]
    assert [jobs.wait(j).status for j in (again, whole)] == ["done", "done"]
    one, other = ((j.folder / "model" / "model.safetensors").read_bytes() for j in (again, whole))
    assert one == other
    history = run_status.history(job.folder)
    assert history.epochs == run_status.history(whole.folder).epochs
    assert (history.done, history.total, history.epochs["epoch"]) == (done + 5, done + 5, [*range(1, done + 6)])


def test_a_job_outlives_its_starter_is_found_again_and_told_killed_when_it_is_killed_from_outside():
    id = elsewhere(f"from vaegc import jobs; print(jobs.start({ENDLESS!r}, 'Far', 'me').id)")
    job = jobs.find(id, "me")
    until(job, lambda now: now.last is not None)
    assert elsewhere(f"from vaegc import jobs; print(jobs.state(jobs.find({id!r})).status)") == "running"
    os.kill(job.pid, signal.SIGKILL)
    now = jobs.wait(job)
    assert now.status == "killed"
    assert "killed from outside or ran out of memory" in now.message
    assert now.result is None
    assert now.last is not None


def test_a_job_cancelled_while_it_is_still_loading_is_stopped_not_killed():
    job = jobs.start(ENDLESS)
    jobs.cancel(job)
    now = jobs.wait(job)
    assert now.status == "stopped"
    jobs.cancel(job)  # nothing is left to cancel
    jobs.kill(job)
    assert jobs.state(job).status == "stopped"


class Timer:
    """A timer that is over when a test says so."""

    def __init__(self, seconds: float, act: Callable[..., None], arguments: tuple[object, ...]) -> None:
        self.seconds, self.act, self.arguments, self.started = seconds, act, arguments, False
        TIMERS.append(self)

    def start(self) -> None:
        self.started = True


TIMERS: list[Timer] = []


def test_a_job_that_does_not_stop_within_its_grace_is_killed(runs, sleeper, monkeypatch):
    monkeypatch.setattr("vaegc.jobs.threading.Timer", Timer)
    job = written(runs, pid=sleeper.pid, born=_process.start_stamp(sleeper.pid))
    os.kill(sleeper.pid, signal.SIGSTOP)  # asleep, it hears no SIGTERM
    until(job, lambda _: _process._process_status(sleeper.pid)[0] == "T")
    jobs.cancel(job, grace=0.2)
    assert (jobs.state(job).status, jobs.state(job).message) == ("running", "It was asked to stop, and saves first.")
    timer = TIMERS.pop()
    assert (timer.seconds, timer.started, TIMERS) == (0.2, True, [])
    timer.act(*timer.arguments)
    assert jobs.wait(job).status == "killed"


def test_a_job_runs_apart_nicely_and_leaves_a_core(monkeypatch):
    for name in _process._THREADS:
        monkeypatch.delenv(name, raising=False)
    job = jobs.start(ENDLESS)
    assert os.getsid(job.pid) == os.getpgid(job.pid) == job.pid
    assert os.getpriority(os.PRIO_PROCESS, job.pid) == min(19, os.getpriority(os.PRIO_PROCESS, 0) + _process.NICE_INCREMENT)
    assert _process._environment()["OMP_NUM_THREADS"] == str(max(1, _process_cores() - 1))
    jobs.kill(job)
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    assert _process._environment()["OMP_NUM_THREADS"] == "7"
    assert "MKL_NUM_THREADS" not in _process._environment()


def _process_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


# --- what the files say ----------------------------------------------------------------------------------------------

ENDINGS = {
    "a result": (STEP + '{"event": "result"}\n', "", "done", "Finished."),
    "a stopped result": (STEP + '{"event": "result", "stopped": true}\n', "", "stopped", "Stopped; what was done"),
    "an error": ('{"event": "error", "message": "No such data.", "code": 2}\n', "", "failed", "No such data."),
    "an interruption": ('{"event": "error", "message": "Stopped.", "code": 130}\n', "", "stopped", "Stopped."),
    "a traceback": (STEP, "a warning\n" + TRACEBACK, "failed", "It ended with an error: ValueError: no such thing"),
    "a message of many lines": (STEP, TRACEBACK + "and more\n", "failed", "It ended with an error: ValueError: no such thing"),
    "an interrupted import": (
        "",
        TRACEBACK.replace("ValueError: no such thing", "KeyboardInterrupt"),
        "stopped",
        "Stopped before",
    ),
    "a traceback that ended nothing": (STEP, "Exception ignored in: f\n" + TRACEBACK, "killed", "It was killed from outside"),
    "a warning": (STEP, "UserWarning: slow\n", "killed", "It was killed from outside"),
    "nothing": ("", "", "killed", "It was killed from outside"),
    "a half-written result": (STEP + '{"event": "result"', "", "killed", "It was killed from outside"),
    "a result before more work": ('{"event": "result"}\n' + STEP, "", "killed", "It was killed from outside"),
    "lines that are no events": ('noise\n[1]\n\n{"event": "result"}\n"noise"\n\xff\n', "", "done", "Finished."),
}


@pytest.mark.parametrize("what", ENDINGS)
def test_how_a_job_ended_is_told_by_what_it_left(what, runs):
    printed, errors, status, words = ENDINGS[what]
    now = jobs.state(written(runs, events=printed, errors=errors))
    assert now.status == status
    assert now.message.startswith(words)
    assert (now.last is not None) == (STEP in printed)


@pytest.mark.parametrize("what", ENDINGS)
def test_what_was_asked_to_pause_is_paused_unless_it_had_ended_otherwise(what, runs):
    printed, errors, status, _ = ENDINGS[what]
    job = written(runs, events=printed, errors=errors)
    _record.write_request(job, "pause")
    nothing_said = what in {"nothing", "a warning", "a traceback that ended nothing"} or what.startswith(
        ("a half", "a result before")
    )
    now = jobs.state(job)
    assert now.status == ("paused" if status == "stopped" or nothing_said else status)
    jobs.cancel(job)  # nothing runs any more, but it is not to go on
    assert jobs.state(job).status == ("stopped" if now.status == "paused" else status)


def test_who_cancels_what_is_being_paused_has_stopped_it(runs, sleeper, monkeypatch):
    job = written(runs, pid=sleeper.pid, born=_process.start_stamp(sleeper.pid))
    os.kill(sleeper.pid, signal.SIGSTOP)  # asleep, it hears no SIGTERM
    until(job, lambda _: _process._process_status(sleeper.pid)[0] == "T")
    jobs.pause(job)
    assert jobs.state(job).message == "It was asked to pause, and saves first."
    monkeypatch.setenv("VAEGC_MAX_JOBS", "1")
    with pytest.raises(BadInput, match="No more than 1 job may run at once"):
        jobs.start(BRIEF)  # its place is free once it has ended
    jobs.cancel(job)
    jobs.pause(job)
    assert jobs.state(job).message == "It was asked to stop, and saves first."
    jobs.kill(job)
    assert jobs.wait(job).status == "killed"


def test_what_has_finished_goes_on_with_another_command_only(runs):
    job = written(runs, events=STEP + '{"event": "result"}\n')
    with pytest.raises(BadInput, match="'Moons' has finished; to go on it needs another command, such as one with more epochs"):
        jobs.resume(job)
    with pytest.raises(BadInput, match="A command must be a sequence of texts"):
        jobs.resume(job, ())
    again = jobs.resume(job, ("run", "nowhere.yaml"))
    assert (again.id, again.title, again.command) == (job.id, "Moons", ("run", "nowhere.yaml"))
    assert [attempt.status for attempt in again.attempts] == ["done"]
    assert jobs.wait(job).message == "The spec 'nowhere.yaml' cannot be read: No such file or directory."
    assert jobs.resume(job).command == again.command
    jobs.wait(job)


def test_a_job_can_be_renamed_at_any_time_and_by_text_only(runs, sleeper):
    job = written(runs, 1, pid=sleeper.pid, born=_process.start_stamp(sleeper.pid), owner="me")
    assert jobs.rename(job, "  Größere\n Monde ").title == "Größere Monde"
    assert jobs.find(job.id, "me") == replace(job, title="Größere Monde")
    assert jobs.state(job).status == "running"
    for title in ("", "  ", "x" * 81, "a\0b", "\u202egnp.exe", None, 3, b"x"):
        with pytest.raises(BadInput, match="A title must be a text of 1 to 80 characters; got"):
            jobs.rename(job, title)
    assert jobs.rename(job, "x" * 80).title == "x" * 80
    shutil.rmtree(job.folder)
    with pytest.raises(BadInput, match="There is no job"):
        jobs.rename(job, "Gone")


def test_a_record_is_read_again_when_it_has_changed(runs):
    job = written(runs)
    for title in ("One", "Two", "Six"):  # of one length, and as old as each other
        _record.write_record(replace(job, title=title))
        os.utime(job.folder / "job.json", (1e9, 1e9 + len(title) + ord(title[0])))
        assert jobs.jobs()[0].title == jobs.jobs()[0].title == jobs.find(job.id).title == title
    (job.folder / "job.json").write_text("{")
    assert jobs.jobs() == []
    (job.folder / "job.json").unlink()
    assert jobs.jobs() == []


def test_events_are_counted_and_the_last_is_found_however_long_the_file_is(runs):
    job, count = written(runs), 0
    long = json.dumps({"event": "other", "text": "y" * 20_000}) + "\n"
    with (job.folder / "events.jsonl").open("a") as file:
        for number in range(1, 4):
            file.write(STEP * 500 + STEP.replace("Epoch 1", f"Epoch {number}") + long + STEP[:9])
            file.flush()
            count += 502
            now = jobs.state(job)
            assert (now.events, now.last["message"]) == (count, f"Epoch {number} of 9")
            file.write(STEP[9:])
            file.flush()
            count += 1
            assert jobs.state(job).events == count
    (job.folder / "events.jsonl").write_text(STEP)  # anew
    assert (jobs.state(job).events, jobs.state(job).last) == (1, json.loads(STEP))
    other = jobs.state(written(runs, 1, "x" * 30_000))
    assert (other.events, other.last) == (0, None)


def test_a_process_with_the_same_number_and_another_beginning_is_not_the_job(runs, sleeper):
    born = _process.start_stamp(sleeper.pid)
    job = written(runs, 1, STEP, pid=sleeper.pid, born=born)
    other = written(runs, 2, STEP, pid=sleeper.pid, born=born + "0")
    unknown = written(runs, 3, STEP, pid=sleeper.pid, born="")
    assert [jobs.state(j).status for j in (job, other, unknown)] == ["running", "killed", "killed"]
    assert jobs.state(job).message == "Epoch 1 of 9"
    jobs.kill(other)
    jobs.cancel(other)
    assert sleeper.poll() is None
    sleeper.send_signal(signal.SIGKILL)  # until somebody asks after it, its remains stay in the table of processes
    assert jobs.wait(job).status == "killed"


def test_without_proc_the_processes_are_asked_for_with_ps(runs, sleeper, monkeypatch):
    monkeypatch.setattr(_process, "_boot", lambda: None)
    job = written(runs, 1, pid=sleeper.pid, born=_process.start_stamp(sleeper.pid))
    assert jobs.state(job).status == "running"
    assert jobs.state(written(runs, 2, pid=sleeper.pid, born="Mon Jan 1 00:00:00 2001")).status == "killed"
    sleeper.send_signal(signal.SIGKILL)
    assert jobs.wait(job).status == "killed"


def test_a_half_written_last_line_waits_for_its_rest(runs):
    job = written(runs, events=STEP + STEP[:20])
    first, at = jobs.events(job)
    assert (len(first), at) == (1, len(STEP))
    assert jobs.events(job, at) == ([], at)
    with (job.folder / "events.jsonl").open("a") as file:
        file.write(STEP[20:] + "no event\n" + STEP)
    assert jobs.events(job, at) == ([json.loads(STEP)] * 2, 3 * len(STEP) + len("no event\n"))
    assert jobs.events(job, 10**6) == ([], 10**6)
    with pytest.raises(BadInput, match="after must be"):
        jobs.events(job, -1)


def test_what_an_earlier_attempt_left_does_not_speak_for_the_present_one(runs):
    left = STEP + '{"event": "result", "stopped": true}\n'
    job = written(runs, events=left + STEP, errors=TRACEBACK, events_from=len(left), errors_from=len(TRACEBACK))
    _record.write_request(job, "cancel")
    assert jobs.state(job).status == "stopped"
    again = replace(job, attempts=(_record.Attempt(1e9, 1.0, "stopped", "Stopped."),))
    _record.write_record(again)
    assert (jobs.state(job).status, jobs.state(job).events) == ("killed", 1)
    assert jobs.find(job.id) == again


# --- finding, and whose it is ----------------------------------------------------------------------------------------


def test_jobs_are_listed_newest_first_and_damaged_folders_are_left_out(runs):
    assert jobs.jobs() == []
    good = [written(runs, number) for number in range(3)]
    whole = json.loads((good[0].folder / "job.json").read_text())
    damaged = [
        "", "{", "[]", "[" * 100_000, *(json.dumps({**whole, **change}) for change in (
            {"pid": 0}, {"pid": -1}, {"pid": True}, {"pid": "1"}, {"schema": 2}, {"command": 3}, {"command": [3]}, {"title": None},
            {"owner": 1}, {"attempts": [{}]}, {"started": "x"}, {"started": float("nan")}, {"more": 1}, {"id": good[1].id},
        )),
    ]  # fmt: skip
    for number, text in enumerate(damaged, 10):
        broken = written(runs, number)
        (broken.folder / "job.json").write_text(text.replace(good[0].id, broken.id))
        with pytest.raises(BadInput, match="There is no job"):
            jobs.find(broken.id)
    (runs / "20260101-120000-000009-0123abcd").mkdir()
    (runs / "thesis").mkdir()
    assert jobs.jobs() == good[::-1]


def test_nobody_sees_the_jobs_of_another(runs):
    mine, yours = written(runs, 1, owner="me"), written(runs, 2, owner="you")
    nobodys = written(runs, 3)
    assert jobs.jobs("me") == [mine]
    assert jobs.jobs() == [nobodys, yours, mine]
    assert jobs.find(mine.id, "me") == jobs.find(mine.id) == mine
    refusals = []
    for id in (yours.id, nobodys.id, "20260101-120000-000007-0123abcd"):
        with pytest.raises(BadInput) as refusal:
            jobs.find(id, "me")
        refusals.append(str(refusal.value).replace(id, "ID"))
    assert set(refusals) == {"There is no job 'ID'; it may have been deleted."}


@pytest.mark.parametrize("id", ["", ".", "..", "../runs", "/", "20260101-120000-000001-0123abcd/..", "x" * 9999, "a\0", None, 3])
def test_an_id_is_no_path(id, runs):
    job = written(runs, 1)
    (runs.parent / "job.json").write_text((job.folder / "job.json").read_text())
    with pytest.raises(BadInput, match="There is no job") as refusal:
        jobs.find(id)
    assert len(str(refusal.value)) < 120


# --- what is refused -------------------------------------------------------------------------------------------------


def test_threads_that_start_at_once_keep_to_the_limit_and_each_job_has_its_folder(runs):
    def attempt(_: int) -> str:
        try:
            return jobs.start(ENDLESS).id
        except BadInput as refusal:
            return str(refusal)

    with ThreadPoolExecutor(8) as pool:
        answers = [*pool.map(attempt, range(8))]
    refusal = "No more than 2 jobs may run at once here (VAEGC_MAX_JOBS); wait until one has ended."
    assert answers.count(refusal) == 6
    started = sorted({*answers} - {refusal}, reverse=True)
    assert len(started) == 2
    assert [job.id for job in jobs.jobs()] == started
    assert sorted((path.name for path in runs.iterdir() if path.is_dir()), reverse=True) == started


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("VAEGC_READONLY", "1", "This server is read-only"),
        ("VAEGC_MAX_JOBS", "many", "VAEGC_MAX_JOBS must be a whole number, at least 1; got 'many'"),
        ("VAEGC_MAX_JOBS", "0", "VAEGC_MAX_JOBS must be a whole number, at least 1; got 0"),
        ("VAEGC_RUNS", "{file}", "The job cannot be started in '{file}' (Not a directory"),
        ("VAEGC_RUNS", "{file}/runs", "The job cannot be started in '{file}/runs' (Not a directory"),
    ],
)
def test_a_server_that_takes_no_job_says_so_in_one_sentence(name, value, words, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv(name, value.replace("{file}", str(tmp_path / "file")))
    with pytest.raises(BadInput) as refusal:
        jobs.start(BRIEF)
    assert str(refusal.value).startswith(words.replace("{file}", str(tmp_path / "file")))
    assert len(str(refusal.value).splitlines()) == 1
    assert jobs.jobs() == []


@pytest.mark.parametrize("command", [(), "train moons", ("train", 3), ("train", "a\0b")])
def test_a_command_is_a_sequence_of_texts(command):
    with pytest.raises(BadInput, match="A command must be a sequence of texts"):
        jobs.start(command)


def test_a_full_disk_is_one_sentence_and_leaves_neither_a_folder_nor_a_process(runs):
    said = elsewhere(
        "import os, resource\n"
        "from vaegc import jobs\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n"  # nothing can be written any more, as on a full disk
        f"try: jobs.start({ENDLESS!r})\n"
        "except ValueError as refusal: print(refusal)\n"
        "try: os.waitpid(-1, os.WNOHANG)\n"
        "except ChildProcessError: print('no child')"
    )
    assert said.startswith(f"The job cannot be started in {str(runs)!r} (File too large")
    assert said.endswith("no child")
    assert [path.name for path in runs.iterdir()] == [".lock"]


def test_a_job_that_cannot_be_resumed_is_left_as_it_was(runs, tmp_path):
    job = written(runs, events=STEP[:-1], place=str(tmp_path / "gone"))
    before = jobs.state(job)
    with pytest.raises(BadInput, match="The job cannot be started in"):
        jobs.resume(job)
    assert jobs.find(job.id) == job
    assert jobs.state(job).status == before.status == "killed"
