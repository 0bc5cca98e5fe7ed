"""Named model settings: each kind at its defaults, and ablations of it."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from vaegc.checks import check_choice
from vaegc.models.config import ModelConfig


@dataclass(frozen=True, slots=True)
class Preset:
    """Named settings, with a title and a description for people."""

    config: ModelConfig
    title: str
    description: str  # one sentence


PRESETS = {
    "vae": Preset(ModelConfig(kind="vae"), "VAE", "A latent space with a density; clusters are found by the climb."),
    "ae": Preset(ModelConfig(kind="ae"), "Autoencoder", "The same network without KL and without sampling."),
    "vade": Preset(ModelConfig(kind="vade"), "VaDE", "A mixture of Gaussians as the prior, placed in a pretrained latent space."),
    "vade-no-pretraining": Preset(
        ModelConfig(kind="vade", pretrain_epochs=0), "VaDE, no pretraining", "Components left where chance put them: at first one to three hold all points, and the others fill slowly."
    ),
    "vade-paper": Preset(
        ModelConfig(kind="vade", responsibility="paper"),
        "VaDE, responsibilities as in the paper",
        "Responsibilities at one sample of z, as printed: a looser bound than the closed form.",
    ),
    "vade-whitened": Preset(
        ModelConfig(kind="vade", init="whitened"), "VaDE, diagonal mixture in the whitened space", "Diagonal, where the default begins with full covariances and turns the space."
    ),
    "vade-diagonal": Preset(
        ModelConfig(kind="vade", init="diagonal"), "VaDE, the paper's diagonal start", "Without whitening either."
    ),
    "vade-wide": Preset(
        ModelConfig(kind="vade", init="diagonal", start_variance=0.0), "VaDE, diagonal start, variances by chance", "And without a narrow q(z|x) at the start."
    ),
    "vade-no-refresh": Preset(
        ModelConfig(kind="vade", prior_refresh=False), "VaDE, no refresh", "Components as the mixture of the latent means has them, which leaves out the spread of q(z|x)."
    ),
    "vade-fast-prior": Preset(
        ModelConfig(kind="vade", prior_rate=1.0), "VaDE, prior at the network's rate", "Components learn as fast as the network; the default is a tenth of it."
    ),
    "gmvae": Preset(ModelConfig(kind="gmvae"), "GMVAE", "Clusters whose place and shape depend on a style; lambda frees 0.5 nats of the z-prior term."),
    "gmvae-no-constraint": Preset(
        ModelConfig(kind="gmvae", min_information=0.0), "GMVAE, lambda 0", "The z-prior term at its full cost from the first step on."
    ),
    "gmvae-strong-prior": Preset(
        ModelConfig(kind="gmvae", weight=0.05, min_information=0.0),
        "GMVAE, prior terms 19-fold, lambda 0",
        "Over-regularised: the z-prior term is driven to 0, and clusters say nothing of the data.",
    ),
    "gmvae-strong-prior-lambda": Preset(
        ModelConfig(kind="gmvae", weight=0.05, min_information=1.5),
        "GMVAE, prior terms 19-fold, lambda 1.5",
        "The same, but 1.5 nats of the z-prior term cost nothing: clusters stay distinct.",
    ),
    "gmvae-10-samples": Preset(ModelConfig(kind="gmvae", samples=10), "GMVAE, M = 10", "Ten joint samples of content and style per point."),
    "gmvae-16": Preset(ModelConfig(kind="gmvae", n_clusters=16), "GMVAE, K = 16", "More clusters than digits, to be read many-to-one."),
    "dec": Preset(ModelConfig(kind="dec"), "DEC", "Centres in a pretrained latent space, sharpened; the decoder is left as it was."),
    "idec": Preset(ModelConfig(kind="idec"), "IDEC", "DEC that goes on reconstructing."),
}  # fmt: skip


def preset(name: str, budget: ModelConfig | None = None) -> ModelConfig:
    """Return the settings of a preset; what it leaves at the default is taken from `budget`, such as network, epochs and batch size.

    Raises
    ------
    BadInput
        There is no preset of that name.
    """
    check_choice(name, "preset", tuple(PRESETS))
    config, default = PRESETS[name].config, ModelConfig()
    own = {f.name: getattr(config, f.name) for f in fields(ModelConfig) if getattr(config, f.name) != getattr(default, f.name)}
    return replace(budget or ModelConfig(), **own)
