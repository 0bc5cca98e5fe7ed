"""Deep embedded clustering: DEC (Xie et al. 1511.06335), and IDEC (Guo et al., IJCAI 2017), which goes on reconstructing.

Clusters are centres in the latent space of an autoencoder that was trained first. The points' soft assignments q to them are drawn
towards a sharper copy p of themselves, which stands still between refreshes. Sources: DEC, arXiv 1511.06335; IDEC, Guo et al., 2017.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from vaegc.errors import NotSupported, Stopped
from vaegc.models.base import BLOCK_POINTS, Loss, Phase, StepContext
from vaegc.models.config import DEFAULT_VARIANCE, ModelConfig
from vaegc.models.pretrained import PretrainedModel
from vaegc.progress import Callback, Progress, stop_asked

STUDENT_T_DF = 1.0  # degrees of freedom of the Student-t kernel, as in the paper
KMEANS_N_INIT = 20  # of k-means; the one with the least sum of squares places the centres
# Learning rate of "fit" as a share of the pretraining's. IDEC's authors keep Adam at its own rate; DEC's recipe is SGD of rate .01
# and momentum .9. Adam at .3 x .001 is as fast: within the first target the KL of digits falls from .20 to .09 nats (SGD: .11;
# Adam at the full rate .06, at a tenth of it .13), and the centres move about as far if they have the network's rate.
FIT_LEARNING_RATE_SHARE = {"dec": 0.3, "idec": 1.0}
MAX_BERNOULLI_VARIANCE = 0.25  # the largest that a value in 0..1 can have


def log_assignments(z: Tensor, centers: Tensor) -> Tensor:
    """Return log q (B, K), the soft assignments of points z (B, d) to centres (K, d) by a Student-t kernel; Xie et al. eq. 1."""
    squared = (z.unsqueeze(1) - centers).square().sum(-1)  # not the expanded product, which loses the digits of small distances
    return torch.log_softmax(-0.5 * (STUDENT_T_DF + 1) * torch.log1p(squared / STUDENT_T_DF), dim=-1)


def log_target(log_q: Tensor, shares: Tensor) -> Tensor:
    """Return log p (B, K), the target distribution q^2 / `shares` (K,), soft cluster sizes up to a factor; Xie et al. eq. 3."""
    return torch.log_softmax(2 * log_q - shares.clamp_min(torch.finfo(shares.dtype).tiny).log(), dim=-1)


class DEC(PretrainedModel):
    """DEC (`kind="dec"`) or IDEC (`kind="idec"`); parameters as in `LatentModel`.

    DEC minimises KL(p || q) over encoder and centres, and keeps the decoder of its pretraining. IDEC minimises the reconstruction
    term plus `clustering_weight` times KL(p || q), over everything. As in its authors' code that weight is for an error in units of
    the data's own mean square: in nats, the KL is multiplied by what it would cost to reconstruct nothing at all.

    Training ends when fewer than `tolerance` of the points changed their cluster from one target to the next.

    Notes
    -----
    K-means takes seconds for 70,000 points; a refresh is a pass of the encoder over all points. The target takes N K numbers.
    """

    with_variance = False
    shares: Tensor
    zero_reconstruction_nats: Tensor
    is_initialized: Tensor
    STORED_NAMES: ClassVar[Mapping[str, str]] = {
        "centers": "centres",
        "zero_reconstruction_nats": "size",
        "is_initialized": "placed",
    }

    def __init__(self, config: ModelConfig, input_dim: int, image_shape: tuple[int, ...] | None = None) -> None:
        super().__init__(config, input_dim, image_shape)
        k = self.config.n_clusters
        self.centers = nn.Parameter(torch.zeros(k, self.config.latent_dim))
        self.register_buffer("shares", torch.full((k,), 1 / k))  # of the data that each cluster softly holds, at the last refresh
        self.register_buffer(
            "zero_reconstruction_nats", torch.tensor(1.0)
        )  # of the data: nats that reconstructing nothing would cost
        self.register_buffer("is_initialized", torch.tensor(False))
        self._target: Tensor | None = None  # (N, K) p of all training points
        self._clusters: Tensor | None = None  # (N,) their clusters when it was made

    # --- training --------------------------------------------------------------------------------------------------

    def fit_phase(self) -> Phase:
        """With a new target every `target_steps` steps."""
        config = self.config
        rate = FIT_LEARNING_RATE_SHARE[self.kind] * config.learning_rate
        return Phase("fit", config.epochs_in_use, rate, config.steps, refresh_every=config.target_steps)

    def parameter_groups(self, phase: Phase) -> list[dict[str, Any]]:
        """The autoencoder; then the encoder and the centres, and for IDEC the decoder."""
        trained = list(self.encoder.parameters())
        if phase.name == "pretrain" or self.kind == "idec":
            trained += self.decoder.parameters()
        if phase.name != "pretrain":
            trained.append(self.centers)
        return [{"params": trained, "scale": 1.0}]

    def on_phase_start(self, phase: Phase, x: Tensor, seed: int, callback: Callback | None = None) -> None:
        """Initialise the centres by k-means on the latent points of all training data x (N, D) before "fit".

        Raises
        ------
        BadInput
            More clusters than points, said before any training.
        Stopped
            The callback asks for it; nothing is changed then.
        """
        self.check_enough(len(x))
        k = self.config.n_clusters
        if phase.name != "fit":
            return
        if stop_asked(callback, Progress("place", 0, 1, f"Placing {k} clusters by k-means")):
            raise Stopped("Stopped before the clusters were placed.")
        with torch.no_grad():
            self.centers.copy_(torch.tensor(_kmeans_centers(self._latent(x).double().cpu().numpy(), k, seed)))
            center = self.scaling.center(self.config)
            squares = sum(float((block - center).square().sum(dtype=torch.float64)) for block in x.split(BLOCK_POINTS))
            variance = MAX_BERNOULLI_VARIANCE
            if self.config.likelihood == "gaussian":
                variance = self.scaling.variance(self.config.variance or DEFAULT_VARIANCE)
            self.zero_reconstruction_nats.fill_(squares / len(x) / (2 * variance))
            self.is_initialized.fill_(True)
        self._target = self._clusters = None

    def refresh(self, phase: Phase, x: Tensor) -> bool:
        """Recompute the target distribution of all training data x (N, D); True when fewer than `tolerance` of the points changed cluster."""
        with torch.no_grad():
            log_q = log_assignments(self._latent(x), self.centers)
            self.shares.copy_(log_q.exp().mean(0))
            self._target = log_target(log_q, self.shares).exp()
        before, self._clusters = self._clusters, log_q.argmax(-1)
        return before is not None and int((before != self._clusters).sum()) < self.config.tolerance * len(x)

    def fit_loss(self, x: Tensor, generator: torch.Generator, context: StepContext) -> Loss:
        """KL(p || q) of a batch x (B, D), and IDEC's reconstruction term beside it.

        Points that were never seen have the target that follows from their own q and the sizes of the clusters.
        """
        z = self.encoder(x)[0]
        log_q = log_assignments(z, self.centers)  # (B, K)
        kept = None if context.rows is None or self._target is None else self._target[context.rows]
        p = log_target(log_q.detach(), self.shares).exp() if kept is None else kept
        clustering = (torch.xlogy(p, p) - p * log_q).sum(-1).mean()
        if self.kind == "dec":
            return Loss(clustering, {"clustering": clustering})
        reconstruction = -self.log_likelihood(x, self.decoder(z)).mean()
        total = reconstruction + self.config.clustering_weight * self.zero_reconstruction_nats * clustering
        return Loss(total, {"reconstruction": reconstruction, "clustering": clustering})

    def training_state(self) -> dict[str, Tensor]:
        """Return the target distribution, and the clusters that the next refresh is compared with."""
        state = {"target": self._target, "clusters": self._clusters}
        return {name: tensor for name, tensor in state.items() if tensor is not None}

    def set_training_state(self, state: Mapping[str, Tensor]) -> None:
        """Restore the tensors of `training_state`."""
        self._target, self._clusters = state.get("target"), state.get("clusters")

    def cluster_usage(self, x: Tensor) -> Tensor | None:
        """Return the share (K,) of the points x (B, D) in each cluster; None before the centres are initialised."""
        if not self.is_initialized:
            return None
        clusters = log_assignments(self._latent(x), self.centers).argmax(-1)
        return torch.bincount(clusters, minlength=self.config.n_clusters) / len(x)

    # --- use -------------------------------------------------------------------------------------------------------

    def responsibilities(self, x: npt.ArrayLike) -> np.ndarray:
        """Return soft assignments q (N, K) of data (N, D), float32; rows sum to 1.

        Raises
        ------
        NotSupported
            Training was stopped before there were clusters.
        """
        if not self.is_initialized:
            raise NotSupported(f"This {self.kind} model has no clusters yet: its training was stopped before they were placed.")
        with torch.no_grad():
            blocks = [log_assignments(self._latent(block), self.centers).exp() for block in self._data(x)]
        return torch.cat(blocks).numpy()

    def assign(self, x: npt.ArrayLike) -> np.ndarray:
        """Return the cluster (N,) int64 of each point: the one whose centre is nearest."""
        return self.responsibilities(x).argmax(axis=1)

    def _latent(self, x: Tensor) -> Tensor:
        """Latent points (N, d) of x (N, D), without gradients."""
        with torch.no_grad():
            return torch.cat([self.encoder(block)[0] for block in x.split(BLOCK_POINTS)])


def _kmeans_centers(points: np.ndarray, k: int, seed: int) -> np.ndarray:
    """Centres (K, d) of the best of several k-means of points (N, d)."""
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    # In one thread: several add up their parts in the order in which they finish, and one seed would give several models.
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # fewer different points than clusters: some centres coincide
        return KMeans(k, n_init=KMEANS_N_INIT, random_state=seed).fit(points).cluster_centers_
