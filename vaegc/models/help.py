"""Descriptions, labels and groups of the fields of `ModelConfig`, for the command line's help and the Train page."""

from __future__ import annotations

from dataclasses import dataclass, fields

from vaegc.models.config import (
    CLUSTERED,
    CONDITIONAL_PRIORS,
    KINDS,
    LIKELIHOODS,
    MIXTURE_INITS,
    NETWORKS,
    PRECISIONS,
    PROBABILISTIC,
    RESPONSIBILITIES,
    SCHEDULES,
    ModelConfig,
)

HELP = {  # of each field of `ModelConfig`
    "kind": f"{', '.join(KINDS)} (default: vae)",
    "latent_dim": "dimensions of the latent space",
    "n_clusters": "K, of kinds with clusters of their own",
    "epochs": "passes over the data",
    "hidden": "widths of the encoder's fully connected layers",
    "likelihood": f"{', '.join(LIKELIHOODS)} (default: by the data)",
    "variance": "of the Gaussian likelihood (default: by the data)",
    "center": "subtracted from all values on the way into the network (default: by the data, of each column where they lie apart)",
    "spread": "all values are divided by it (default: by the data)",
    "batch_size": "points per step",
    "learning_rate": "Adam's",
    "network": f"{', '.join(NETWORKS)} (default: mlp)",
    "channels": "of the convolutions",
    "weight": "w of w Recon + (1 - w) KL: 0.5 is the ELBO, 1 the autoencoder",
    "kl_warmup": "epochs over which the KL's weight grows to its full size",
    "steps": "gradient steps, instead of epochs",
    "schedule": f"of the learning rate: {', '.join(SCHEDULES)}",
    "decay": "factor per epoch of the exponential schedule",
    "held_out": "share of the points on which the loss is only measured",
    "patience": "epochs without a better held-out loss after which training ends",
    "pretrain_epochs": "of the autoencoder before VaDE, DEC and IDEC (default: by the kind)",
    "responsibility": f"VaDE's q(c|x): {', '.join(RESPONSIBILITIES)} (default: closed)",
    "init": f"VaDE's start: {', '.join(MIXTURE_INITS)} (default: full)",
    "start_variance": "VaDE: variance of q(z|x) at the start, as a share of the latent means'; 0: as chance gave it",
    "prior_rate": "VaDE: learning rate of the components, as a share of the network's",
    "prior_refresh": "VaDE: components in closed form once they are placed, true or false",
    "style_dim": "GMVAE: dimensions of the style",
    "prior_hidden": "GMVAE: width of the network from the style to the components",
    "samples": "GMVAE: M, joint samples per point",
    "conditional_prior": f"GMVAE: {', '.join(CONDITIONAL_PRIORS)} (default: paper)",
    "min_information": "GMVAE: lambda, nats of the z-prior term that cost nothing",
    "clustering_weight": "IDEC: of the clustering loss beside the reconstruction",
    "target_steps": "DEC, IDEC: steps between refreshes of the target",
    "tolerance": "DEC, IDEC: share of points that change their cluster below which training ends",
    "precision": f"of the matrix products: {', '.join(PRECISIONS)}",
}

NETWORK, LIKELIHOOD, OPTIMISER, LATENT, CLUSTERS = "Network", "Likelihood", "Optimiser", "Latent space", "Clusters"
GROUPS = (CLUSTERS, LATENT, NETWORK, LIKELIHOOD, OPTIMISER)


@dataclass(frozen=True, slots=True)
class Setting:
    """Label and group of a field of `ModelConfig`, and the kinds that use it."""

    label: str  # what a form calls it
    group: str  # one of GROUPS
    kinds: tuple[str, ...] = KINDS  # that use it


SETTINGS = {  # advanced ones, whose default suits most
    "pretrain_epochs": Setting("Pretraining epochs", CLUSTERS, ("vade", "dec", "idec")),
    "init": Setting("Start of the mixture", CLUSTERS, ("vade",)),
    "start_variance": Setting("Start variance", CLUSTERS, ("vade",)),
    "responsibility": Setting("Responsibilities", CLUSTERS, ("vade",)),
    "prior_rate": Setting("Rate of the prior", CLUSTERS, ("vade",)),
    "prior_refresh": Setting("Refresh the prior", CLUSTERS, ("vade",)),
    "style_dim": Setting("Style dimensions", CLUSTERS, ("gmvae",)),
    "prior_hidden": Setting("Width of the prior's network", CLUSTERS, ("gmvae",)),
    "samples": Setting("Samples M", CLUSTERS, ("gmvae",)),
    "conditional_prior": Setting("Conditional prior", CLUSTERS, ("gmvae",)),
    "min_information": Setting("Free nats λ", CLUSTERS, ("gmvae",)),
    "clustering_weight": Setting("Clustering weight", CLUSTERS, ("idec",)),
    "target_steps": Setting("Steps between targets", CLUSTERS, ("dec", "idec")),
    "tolerance": Setting("Tolerance", CLUSTERS, ("dec", "idec")),
    "weight": Setting("Weight w", LATENT, PROBABILISTIC),
    "kl_warmup": Setting("KL warm-up epochs", LATENT, PROBABILISTIC),
    "network": Setting("Network", NETWORK),
    "hidden": Setting("Hidden widths", NETWORK),
    "channels": Setting("Convolution widths", NETWORK),
    "precision": Setting("Precision", NETWORK),
    "likelihood": Setting("Likelihood p(x|z)", LIKELIHOOD),
    "variance": Setting("Variance σ²", LIKELIHOOD),
    "center": Setting("Centre", LIKELIHOOD),
    "spread": Setting("Spread", LIKELIHOOD),
    "batch_size": Setting("Batch size", OPTIMISER),
    "learning_rate": Setting("Learning rate", OPTIMISER),
    "schedule": Setting("Schedule", OPTIMISER),
    "decay": Setting("Decay", OPTIMISER),
    "held_out": Setting("Held-out share", OPTIMISER),
    "patience": Setting("Patience", OPTIMISER),
    "steps": Setting("Gradient steps", OPTIMISER),
}


def settings_of(kind: str) -> dict[str, list[str]]:
    """Return the fields that a kind uses, beyond the ones that everybody chooses, by group."""
    groups = {group: [name for name, one in SETTINGS.items() if one.group == group and kind in one.kinds] for group in GROUPS}
    return {group: names for group, names in groups.items() if names}


def used_settings(config: ModelConfig) -> dict[str, object]:
    """Return what a config sets that its kind uses: two runs that differ elsewhere are the same."""
    used = {"kind", "latent_dim", "epochs", *(name for names in settings_of(config.kind).values() for name in names)}
    if config.kind in CLUSTERED:
        used.add("n_clusters")
    return {field.name: getattr(config, field.name) for field in fields(ModelConfig) if field.name in used}
