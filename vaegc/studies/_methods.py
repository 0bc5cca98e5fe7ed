"""Methods, networks and training budgets of the studies; apart from the code that runs them, so that no heavy library is imported."""

from __future__ import annotations

from dataclasses import replace

from vaegc.models import ModelConfig
from vaegc.models.presets import PRESETS, preset

# --- `vaegc bench models`: simple baselines and the climb ----------------------------------------------------------------

# The network of the papers, and one budget of gradient steps for every set: 20 epochs of MNIST.
NETWORK = ModelConfig(kind="ae", latent_dim=10, hidden=(500, 500, 2000), batch_size=256, steps=5_480)
DATASETS = ("digits", "usps", "r8", "mnist", "fashion-mnist")
CLIMB_STEPS = 10  # with a bandwidth from 4 % of the points, the default of maps
SWEEP_METHOD, CLIMB_METHOD = "AE + UMAP + sweep", "AE + UMAP + climb + sweep"  # the same map of the same network
BASELINE_METHODS: dict[str, tuple[str | None, int]] = {  # name: baseline, and whether of the encoded points; None is the sweep, and its steps of the climb
    "k-means": ("kmeans", False), "GMM": ("gmm", False), "AE + k-means": ("kmeans", True), "AE + GMM": ("gmm", True),
    "AE + t-SNE + GMM": ("tsne-gmm", True), "AE + UMAP + GMM": ("umap-gmm", True), "AE + UMAP + HDBSCAN": ("umap-hdbscan", True),
    SWEEP_METHOD: (None, 0), CLIMB_METHOD: (None, CLIMB_STEPS),
}  # fmt: skip
METHODS_FINDING_K = tuple(
    name for name, (which, _) in BASELINE_METHODS.items() if which in (None, "umap-hdbscan")
)  # the others are given K

# --- `vaegc bench mixtures`: models with clusters of their own -----------------------------------------------------------

# Per data set: what every method there has, and epochs by kind where the package's own would take hours. Digits: the defaults.
PAPER_NETWORK = ModelConfig(hidden=(500, 500, 2000), batch_size=256, precision="bfloat16")
BUDGETS: dict[str, tuple[ModelConfig, dict[str, int], int]] = {  # settings, epochs, epochs of pretraining
    "digits": (ModelConfig(), {}, 0),
    "mnist": (PAPER_NETWORK, {"ae": 20, "vade": 60, "gmvae": 60, "dec": 40, "idec": 40}, 20),
    "fashion-mnist": (PAPER_NETWORK, {"ae": 20, "vade": 60, "gmvae": 60, "dec": 40, "idec": 40}, 20),
    "usps": (PAPER_NETWORK, {"ae": 150, "vade": 200, "gmvae": 200, "dec": 150, "idec": 150}, 150),
}
LATENT_CLUSTERERS = {"AE + k-means": "k-means", "AE + GMM": "GMM"}  # of the points encoded by one autoencoder
CLUSTPY_VADE = "ClustPy's VaDE"
DEEP_METHODS = [*LATENT_CLUSTERERS, *(name for name in PRESETS if PRESETS[name].config.kind not in ("ae", "vae")), CLUSTPY_VADE]
DEFAULT_METHODS = [*LATENT_CLUSTERERS, "vade", "gmvae", "dec", "idec"]
# How components are placed was compared by ACC on seeds 0 to 2 of digits: there, what is placed so is in part chosen with labels.
LABEL_TUNED = {"digits": ("vade", "vade-paper", "vade-no-refresh", "vade-fast-prior")}


def training_config(name: str, method: str, epochs: int | None = None) -> ModelConfig:
    """Return the training settings of a method of `vaegc bench mixtures` on a data set; `epochs` replaces those of the last phase."""
    budget, by_kind, pretrain_epochs = BUDGETS[name]
    config = preset("ae" if method in LATENT_CLUSTERERS else "vade" if method == CLUSTPY_VADE else method, budget)
    last = epochs or by_kind.get(config.kind, config.epochs_in_use)
    pretraining = config.pretrain_epochs
    if pretraining is None and config.kind in ("vade", "dec", "idec"):
        pretraining = last if epochs else pretrain_epochs or config.pretrain_epochs_in_use
    return replace(config, epochs=last, pretrain_epochs=pretraining)


def method_title(method: str) -> str:
    """Return the name of a method on screen."""
    return PRESETS[method].title if method in PRESETS else method
