"""The cut that is drawn is Python's, point for point: random steps, ε and min_samples on three data sets, and where trees are few."""

import math

import numpy as np
import pytest

from vaegc import AscentConfig, ClusterConfig, Experiment, MapConfig

SETS = {
    "digits": {},
    "uneven": {"dataset": "uneven", "n": 1000, "model": None, "ascent": AscentConfig(neighbors=0.04)},
    "solid": {"space": "pca", "map": MapConfig(dim=3), "model": None},
}
SAMPLES = 3  # values of min_samples for each data set
TRIPLES = 51  # for each data set
PLAIN = {"look": "sh"}  # without the diagram, which would count in the background
CUTS = """
async (canvas, places) => {
  const control = (name) => canvas.getRootNode().querySelector(`[data-testid=${name}]`), found = [];
  const drawn = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))));
  for (const [frame, logEps] of places) {
    for (const [name, value] of [["frame", frame], ["epsilon", logEps]]) {
      control(name).value = String(value);
      control(name).dispatchEvent(new Event("input", { bubbles: true }));
    }
    await drawn();
    const { state } = canvas.player;
    found.push({
      frame: state.frame, eps: state.eps, labels: [...state.cut.labels], words: control("readout-caption").textContent,
      clusters: Number(control("n-clusters").dataset.value), noise: Number(control("noise").dataset.value),
    });
  }
  return found;
}
"""


def cuts(page, places):
    """What the stage has cut at pairs of a step and ln ε."""
    found = page.canvas.evaluate(CUTS, places)
    for cut, (frame, log_eps) in zip(found, places, strict=True):
        assert cut["frame"] == frame
        assert math.isclose(math.log(cut["eps"]), log_eps, abs_tol=1e-9)
    return found


def agree(cut, known, frame):
    """The labels and readouts of a cut are those of Python's tree of a frame."""
    labels = known.sweep(frame).labels_at(cut["eps"])
    assert cut["labels"] == labels.tolist(), f"frame {cut['frame']}, ε {cut['eps']!r}"
    assert cut["clusters"] == labels.max() + 1
    assert cut["noise"] == (labels < 0).mean()
    return cut["clusters"], int((labels < 0).sum())


@pytest.mark.parametrize("name", SETS)
def test_labels_are_pythons_at_random_steps_radii_and_min_samples(opened, shown, name):
    rng = np.random.default_rng(sum(map(ord, name)))
    kinds = set()
    for samples in rng.choice(np.arange(1, 40), SAMPLES, replace=False).tolist():
        title = f"{name} {samples}"
        known = shown(title, Experiment(**SETS[name], clustering=ClusterConfig(min_samples=samples)), **PLAIN)
        page = opened(title, **PLAIN)
        assert known.header["min_samples"] == samples
        wanted = rng.uniform(*np.log([known.header["eps"]["low"], known.header["eps"]["high"]]), TRIPLES // SAMPLES)
        wanted[:2] = page.peek("[player.elements.epsilon.min, player.elements.epsilon.max].map(Number)")  # where <= counts
        places = list(zip(rng.integers(0, page.last + 1, len(wanted)).tolist(), wanted.tolist(), strict=True))
        for cut in cuts(page, places):
            kinds.add(agree(cut, known, cut["frame"]))
            step = known.header["steps"][cut["frame"]]
            assert cut["words"].endswith(f"min_samples {samples} · tree of step {step}")
    assert len(kinds) > TRIPLES // 4  # they did look at different cuts


def test_a_step_without_a_tree_is_cut_by_the_one_it_names(opened, shown):
    known = shown("blobs", Experiment(dataset="blobs", n=5200, model=None), **PLAIN)
    page = opened("blobs", **PLAIN)
    kept, steps = [tree["frame"] for tree in known.header["trees"]], known.header["steps"]
    assert len(kept) == 12 < len(steps)
    low, high = np.log([known.header["eps"]["low"], known.header["eps"]["high"]])
    places = [
        (frame, float(low + share * (high - low))) for frame, share in ((1, 0.4), (2, 0.6), (17, 0.3), (29, 0.8), (30, 0.5))
    ]
    for cut in cuts(page, places):
        near = min(kept, key=lambda other: (abs(other - cut["frame"]), other))
        agree(cut, known, near)
        exact = "" if near == cut["frame"] else ", the nearest one kept"
        assert cut["words"].endswith(f"tree of step {steps[near]}{exact}")
