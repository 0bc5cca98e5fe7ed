"""What the studies of methods run: names, networks, budgets. Apart from what computes them, so that it is read without a heavy library."""

from __future__ import annotations

from dataclasses import replace

from vaegc.models import ModelConfig
from vaegc.models.presets import PRESETS, preset

# --- `vaegc bench models`: simple baselines and the climb ----------------------------------------------------------------

# The network of the papers, and one budget of gradient steps for every set: 20 epochs of MNIST.
NETWORK = ModelConfig(kind="ae", latent_dim=10, hidden=(500, 500, 2000), batch_size=256, steps=5_480)
DATASETS = ("digits", "usps", "r8", "mnist", "fashion-mnist")
CLIMB = 10  # steps; the bandwidth is from 4 % of the points, the default of maps
BEFORE, AFTER = "AE + UMAP + sweep", "AE + UMAP + climb + sweep"  # the same map of the same network
SIMPLE: dict[str, tuple[str | None, int]] = {  # name: baseline, whether on the autoencoder's points; None is the sweep, and its steps
    "k-means": ("kmeans", False), "GMM": ("gmm", False), "AE + k-means": ("kmeans", True), "AE + GMM": ("gmm", True),
    "AE + t-SNE + GMM": ("tsne-gmm", True), "AE + UMAP + GMM": ("umap-gmm", True), "AE + UMAP + HDBSCAN": ("umap-hdbscan", True),
    BEFORE: (None, 0), AFTER: (None, CLIMB),
}  # fmt: skip
FINDS_K = tuple(name for name, (which, _) in SIMPLE.items() if which in (None, "umap-hdbscan"))  # nobody tells them K

# --- `vaegc bench mixtures`: models with clusters of their own -----------------------------------------------------------

# Per data set: what every method there has, and epochs by kind where the package's own would take hours. Digits: the defaults.
PAPERS = ModelConfig(hidden=(500, 500, 2000), batch_size=256, precision="bfloat16")
BUDGETS: dict[str, tuple[ModelConfig, dict[str, int], int]] = {  # settings, epochs, epochs of pretraining
    "digits": (ModelConfig(), {}, 0),
    "mnist": (PAPERS, {"ae": 20, "vade": 60, "gmvae": 60, "dec": 40, "idec": 40}, 20),
    "fashion-mnist": (PAPERS, {"ae": 20, "vade": 60, "gmvae": 60, "dec": 40, "idec": 40}, 20),
    "usps": (PAPERS, {"ae": 150, "vade": 200, "gmvae": 200, "dec": 150, "idec": 150}, 150),
}
READ = {"AE + k-means": "k-means", "AE + GMM": "GMM"}  # of one autoencoder
RIVAL = "ClustPy's VaDE"
DEEP = [*READ, *(name for name in PRESETS if PRESETS[name].config.kind not in ("ae", "vae")), RIVAL]
USUAL = [*READ, "vade", "gmvae", "dec", "idec"]
# How components are placed was compared by ACC on seeds 0 to 2 of digits: there, what is placed so is in part chosen with labels.
LABEL_TUNED = {"digits": ("vade", "vade-paper", "vade-no-refresh", "vade-fast-prior")}


def settings(name: str, method: str, epochs: int | None = None) -> ModelConfig:
    """What a method of `vaegc bench mixtures` is trained with on a data set."""
    budget, by_kind, before = BUDGETS[name]
    config = preset("ae" if method in READ else "vade" if method == RIVAL else method, budget)
    last = epochs or by_kind.get(config.kind, config.epochs_in_use)
    pretraining = config.pretrain_epochs
    if pretraining is None and config.kind in ("vade", "dec", "idec"):
        pretraining = last if epochs else before or config.pretrain_epochs_in_use
    return replace(config, epochs=last, pretrain_epochs=pretraining)


def title_of(method: str) -> str:
    """A method as people call it."""
    return PRESETS[method].title if method in PRESETS else method
