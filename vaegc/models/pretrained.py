"""Base class of models whose clusters are initialised in the latent space of a pretrained autoencoder: VaDE, DEC, IDEC."""

from __future__ import annotations

import torch
from torch import Tensor

from vaegc.errors import BadInput
from vaegc.models.base import LatentModel, Loss, Phase, StepContext
from vaegc.wording import counted


class PretrainedModel(LatentModel):
    """A model with a phase "pretrain", in which it is a plain autoencoder, before the phase "fit"; parameters as in `LatentModel`."""

    def phases(self) -> list[Phase]:
        """Return pretraining, unless it is set to 0 epochs, then "fit"."""
        config = self.config
        before = Phase("pretrain", config.pretrain_epochs_in_use, config.learning_rate)
        return [*([before] if before.epochs else []), self.fit_phase()]

    def check_enough(self, n: int) -> None:
        """Raise `BadInput` for fewer points than clusters."""
        k = self.config.n_clusters
        if k > n:
            among = f"{counted(k, 'cluster')} among {counted(n, 'point')}"
            raise BadInput(f"{self.kind} cannot place {among}; n_clusters can be {n:,} at most.")

    def fit_phase(self) -> Phase:
        """Return the phase that follows pretraining."""
        return Phase("fit", self.config.epochs_in_use, self.config.learning_rate, self.config.steps)

    def loss(self, x: Tensor, generator: torch.Generator, context: StepContext | None = None) -> Loss:
        """Return the reconstruction term alone, decoded from the mean, during pretraining; then `fit_loss`."""
        context = context or StepContext()
        if context.phase != "pretrain":
            return self.fit_loss(x, generator, context)
        reconstruction = self.log_likelihood(x, self.decoder(self.encoder(x)[0])).mean()
        return Loss(-reconstruction, {"reconstruction": -reconstruction})

    def fit_loss(self, x: Tensor, generator: torch.Generator, context: StepContext) -> Loss:
        """Return the training loss of a batch x (B, D) once clusters are initialised."""
        raise NotImplementedError
