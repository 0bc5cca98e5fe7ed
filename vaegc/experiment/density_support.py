"""Which density can be climbed in which space and under which kind of model, and the reason where one cannot."""

from __future__ import annotations

from vaegc.ascent import DATA_DENSITIES
from vaegc.models import POINTWISE, kind_name


def space_unsupported_reason(density: str, space: str, has_model: bool) -> str | None:
    """Reason why a density cannot be climbed in a space, as the end of a sentence; None where it can.

    Parameters
    ----------
    density
        Name of a density, see `vaegc.ascent.AscentConfig`.
    space
        Name of a space, see `vaegc.experiment.Experiment`.
    has_model
        Whether the experiment has a model.
    """
    if density == "kernel":
        return None
    if not has_model:
        return "needs a model, and there is none here"
    if density in DATA_DENSITIES:
        return None if space == "data" else "climbs in the data: choose the space 'data', whose encoding is clustered"
    return None if space == "latent" else "lives in the latent space of the model: choose the space 'latent'"


def model_unsupported_reason(density: str, kind: str) -> str | None:
    """Reason why a kind of model does not give a density, as the end of a sentence; None where it does.

    Parameters
    ----------
    density
        Name of a density, see `vaegc.ascent.AscentConfig`.
    kind
        Of the model: "ae", "vae", "vade", "gmvae", "dec" or "idec".
    """
    name = "a plain autoencoder" if kind == "ae" else kind_name(kind)
    if density == "mixture" and kind == "gmvae":
        return "needs one mixture, and a GMVAE's components move with the style"
    if density == "mixture" and kind != "vade":
        return (
            f"needs a model with a mixture prior, such as VaDE; this is {'an' if kind in ('ae', 'idec') else 'a'} {kind.upper()}"
        )
    if density == "marginal" and kind == "dec":
        return "needs a decoder that fits the encoder, and DEC's was left behind when its encoder moved"
    if density in ("aggregated", "bound") and kind in POINTWISE:
        return f"needs {'a VAE' if kind == 'ae' else 'a posterior'}: {name} has no posterior"
    return None
