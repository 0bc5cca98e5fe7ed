"""Benchmarks, `vaegc bench NAME`: speed, memory and load, and the command that builds the shipped assets.

They are no tests: they print how fast, and never fail a build.
"""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable, Sequence

from vaegc.errors import BadInput
from vaegc.progress import Callback

BENCHMARKS = {
    "assets": "train the shipped models, keep the default scene and its choice of K (writes assets/)",
    "digits": "digits, 6 training seeds: K, plateau, accuracy with and without the climb",
    "choose": "Choose K on digits and 10,000 points of MNIST: seconds of each part; with --sets, how often each certainty is right",
    "family": "the suggested number of clusters, from one sweep and from a family, on digits, USPS and the shapes",
    "bandwidth": "the default bandwidth and rules beside it: blobs in 1 to 200 dimensions, shapes, digits, USPS; runs are kept",
    "ascent": "the climb against dense torch and scikit-learn's MeanShift: time, growth, error, memory",
    "models": "methods x data sets x seeds: the baselines and the climb, every run kept",
    "arcs": "the GMVAE paper's spiral with and without lambda, and its picture",
    "mixtures": "VaDE, GMVAE, DEC, IDEC on digits and more, K given: every run kept, resumable in pieces",
    "training": "an epoch of an autoencoder against a bare PyTorch loop and ClustPy",
    "pilot": "what climbing buys on MNIST: spaces, bandwidths, steps, with controls, several seeds",
    "sweep": "the tree and the curve against scikit-learn, hdbscan, fast_hdbscan, dbscan and quitefastmst",
    "maps": "t-SNE or UMAP of the latent points of MNIST, kept",
    "latents": "train 784-500-500-2000-10 on MNIST and keep its latent points",
    "variance": "choice of the likelihood's variance by held-out log p(x), no labels",
    "busy": "Explore's answers while a training job runs beside it, in a real Chromium",
    "crowd": "five browser profiles on five pages and a training: Explore's answers, memory, privacy, in a real Chromium",
    "stage": "the stage in a real Chromium, 2,000 to 70,000 points: ε, film, opening, silence, memory, beside a rival",
}

# Of the names above, those of `vaegc.studies`, which imports nothing of this room.
STUDIES = {"arcs", "bandwidth", "digits", "family", "latents", "maps", "mixtures", "models", "pilot", "variance"}


def run(name: str | None, options: Sequence[str], make_callback: Callable[[], Callback] | None = None) -> int:
    """Run a benchmark or study by name, or list them; returns the exit code.

    Parameters
    ----------
    name
        Of `BENCHMARKS`; None lists them.
    options
        Its command-line options.
    make_callback
        Returns the callback of a study that runs with --json.

    Raises
    ------
    BadInput
        There is no benchmark of that name, or what it raises.
    """
    if name is None:
        for known, what in BENCHMARKS.items():
            print(f"{known:10} {what}")
        return 0
    if name not in BENCHMARKS:
        raise BadInput(f"There is no benchmark called {name!r}; known are {', '.join(BENCHMARKS)}.")
    module = importlib.import_module(f"vaegc.{'studies' if name in STUDIES else 'benchmarks'}.{name}")
    parser = argparse.ArgumentParser(prog=f"vaegc bench {name}", description=BENCHMARKS[name])
    module.add_options(parser)
    arguments = parser.parse_args(list(options))
    if make_callback is not None and getattr(arguments, "json", False):
        return int(module.main(arguments, make_callback()) or 0)
    return int(module.main(arguments) or 0)
