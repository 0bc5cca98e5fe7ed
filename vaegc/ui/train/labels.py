"""Labels of the Train page: durations, losses and loss parts."""

from __future__ import annotations

import math
import time

from vaegc.wording import counted

LOSS_PARTS = {
    "loss": ("Loss", "What is minimised: the weighted sum of the parts."),
    "reconstruction": ("Reconstruction", "-log p(x|z): how badly the decoder gives the data back."),
    "kl": ("KL", "KL(q(z|x) || p(z)): what the latent code costs."),
    "prior": ("Prior", "-E log p(z|c): distance of the codes from their components."),
    "cluster": ("Cluster", "KL(q(c|x) || p(c)): what the choice of a component costs."),
    "entropy": ("Entropy", "-H(q(z|x)): narrow posteriors cost more."),
    "conditional_prior": ("Conditional prior", "KL of the content z from its component, given style and cluster."),
    "w_prior": ("Style prior", "KL of the style w from N(0, I)."),
    "z_prior": ("Cluster prior", "KL of the cluster from the uniform prior."),
    "clustering": ("Clustering", "KL(P || Q): distance of the soft assignments from their sharper target."),
}


LOSS_PARTS_OF_KIND = {  # in all phases: the charts of a run have a place for each from the start
    "ae": (), "vae": ("reconstruction", "kl"), "vade": ("reconstruction", "prior", "cluster", "entropy"),
    "gmvae": ("reconstruction", "conditional_prior", "w_prior", "z_prior"), "dec": ("reconstruction", "clustering"),
    "idec": ("reconstruction", "clustering"),
}  # fmt: skip


def loss_part_label(name: str) -> tuple[str, str]:
    """Return the label of a loss part and its definition in a sentence."""
    return LOSS_PARTS.get(name, (name.replace("_", " ").capitalize(), ""))


def format_duration(seconds: float) -> str:
    """Return a duration in seconds as "8 s", "2 min 5 s" or "1 h 20 min", rounded up."""
    whole = max(0, math.ceil(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        minutes, rest = divmod(whole, 60)
        return f"{minutes} min {rest} s" if rest and minutes < 10 else f"{minutes} min"
    hours, rest = divmod(whole // 60, 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def approximate_duration(seconds: float) -> str:
    """Return an estimated duration in seconds, rounded as coarsely as estimates are: "about 20 s", "about 3 min"."""
    if seconds < 10:
        return "a few seconds"
    if seconds < 55:
        return f"about {10 * round(seconds / 10)} s"
    minutes = round(seconds / 60)
    return f"about {max(1, minutes)} min" if minutes < 90 else f"about {seconds / 3600:.1f} h"


def time_ago(then: float, now: float | None = None) -> str:
    """Return how long ago a Unix time was, in its largest unit: "2 hours ago"."""
    passed = (time.time() if now is None else now) - then
    if passed < 60:
        return "just now"
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        count = int(passed // size)
        if count:
            return f"{counted(count, unit)} ago"
    return "just now"


def format_loss(value: float) -> str:
    """Return a loss with two decimals, fewer where it is large."""
    text = f"{abs(value):,.0f}" if abs(value) >= 1000 else f"{abs(value):.1f}" if abs(value) >= 100 else f"{abs(value):.2f}"
    return f"−{text}" if value < 0 else text
