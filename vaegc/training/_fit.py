"""The training loop. Its whole state can be checkpointed between any two steps, so that a resumed run is bit-equal to one never stopped."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch

from vaegc.datasets import Dataset
from vaegc.errors import Stopped, VaegcError
from vaegc.models.base import LatentModel, Phase, StepContext
from vaegc.progress import Callback, Progress, read_clock, stop_asked
from vaegc.training._position import Position, spawn_seeds
from vaegc.training._schedule import learning_rate
from vaegc.training._snapshots import N_RECONSTRUCTIONS, EtaEstimator, history_arrays, side_arrays, snapshot, usage_summary

if TYPE_CHECKING:
    from vaegc.training._run import RunFolder

PROGRESS_SECONDS = 0.5  # between events within an epoch
SNAPSHOT_SECONDS = 1.0  # between snapshots, at least
CHECKPOINT_SECONDS = 5.0  # between checkpoints, at least
SNAPSHOT_INTERVAL_FACTOR = 10  # and at least so many times as long as one takes
CHECKPOINT_INTERVAL_FACTOR = 30  # the same of checkpoints
SNAPSHOT_POINTS = 1000  # at most
MAX_SNAPSHOT_VALUES = 2_000_000  # numbers in all points of a snapshot


class Fit:
    """State of a training: model, optimiser, random generators and position; `train` runs it to the end."""

    def __init__(self, model: LatentModel, data: Dataset, seed: int, device: torch.device) -> None:
        config = model.config
        self.model, self.device, self.position = model.to(device), device, Position()
        _, for_batches, for_noise, for_held_out = spawn_seeds(seed)
        self.batches, self.noise = torch.Generator().manual_seed(for_batches), torch.Generator(device).manual_seed(for_noise)
        self.seed, self.held_out_seed = seed, for_held_out
        order = np.random.default_rng(for_held_out).permutation(len(data))
        cut = round(config.held_out * len(data))
        x = model.scaling.network_input(data.x)
        self.held_out = torch.tensor(x[np.sort(order[:cut])], device=device)
        self.x = torch.tensor(x if cut == 0 else x[np.sort(order[cut:])], device=device)
        self.snapshot_rows = np.sort(
            order[: max(min(SNAPSHOT_POINTS, MAX_SNAPSHOT_VALUES // data.x.shape[1]), N_RECONSTRUCTIONS)]
        )
        self.snapshot_points = torch.tensor(x[self.snapshot_rows], device=device)
        self.side_arrays = side_arrays(data, self.snapshot_rows)
        self.steps_per_epoch = math.ceil(len(self.x) / config.batch_size)
        self.phases = model.phases()
        self.epochs = [p.epochs if p.steps is None else math.ceil(p.steps / self.steps_per_epoch) for p in self.phases]
        self.order_state = self.batches.get_state()  # as it was before this epoch's order was drawn
        self.loss_sums: torch.Tensor | None = None
        self.best_weights: dict[str, torch.Tensor] | None = None
        self.begin_phase()
        self.last_progress = self.last_checkpoint = read_clock()
        self.checkpoint_interval, self.snapshot_interval = CHECKPOINT_SECONDS, SNAPSHOT_SECONDS
        self.last_snapshot, self.started, self.seconds_before, self.eta = -math.inf, self.last_progress, 0.0, EtaEstimator()

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do; not stored, since a run may be continued with more epochs than it was begun with."""
        position, patience = self.position, self.model.config.patience
        last = position.phase == len(self.phases) - 1
        return last and (
            position.ended or position.epoch >= self.epochs[-1] or (patience is not None and position.since_best >= patience)
        )

    def begin_phase(self) -> None:
        """Create the optimiser of the current phase."""
        self.phase = phase = self.phases[self.position.phase]
        groups = self.model.parameter_groups(phase)
        self.scales = [group.pop("scale") for group in groups]  # torch's optimiser keeps what it does not know, and saves it
        # Fused: one pass over weights and moments a step, where the plain one makes ten.
        self.optimiser = torch.optim.Adam(groups, lr=phase.learning_rate, fused=True)

    def train(self, callback: Callback | None, run: RunFolder | None) -> None:
        """Train to the end, or until the callback stops it.

        Raises
        ------
        VaegcError
            The loss became infinite, or there is not enough memory; the run folder says so too.
        """
        torch.set_flush_denormal(True)  # of this thread, which need not be the one that imported torch
        self.started, self.seconds_before = read_clock(), self.position.seconds
        try:
            self._train_epochs(callback, run)
        except VaegcError as error:
            _set_status(run, "failed", str(error))
            raise
        except (RuntimeError, MemoryError) as error:
            words = str(error).splitlines()[0] if str(error) else type(error).__name__
            _set_status(run, "failed", words)
            if "memory" not in words.lower():
                raise
            raise VaegcError(
                f"There is not enough memory for this network and batch_size; make one of them smaller ({words})."
            ) from None

    def _train_epochs(self, callback: Callback | None, run: RunFolder | None) -> None:
        self.model.train()
        stopped = False
        while not (self.finished or stopped):
            stopped = self.run_epoch(callback, run)
        provenance = self.model.provenance
        provenance.history, provenance.stopped = self.position.history, stopped
        if run is not None:
            self._checkpoint(run)
        if self.best_weights is not None and not stopped and self.model.config.patience is not None:
            self.model.load_state_dict(self.best_weights)
        if run is not None:
            self._snapshot(run)
        self.model.to("cpu").eval()
        if run is not None:
            run.finish(self.model)

    def run_epoch(self, callback: Callback | None = None, run: RunFolder | None = None) -> bool:
        """Run one epoch, or what is left of it; returns whether the callback asked to stop."""
        position, phase, size = self.position, self.phase, self.model.config.batch_size
        if not position.begun:
            if run is not None and position.history:
                self._snapshot(run)  # placing can take minutes, in which a page looks at what there is
            try:
                self.model.on_phase_start(phase, self.x, self.seed, callback)
            except Stopped:  # nothing was placed: it begins again when the run goes on
                return True
            self.begin_phase()  # what was placed may be other parameters
            position.begun = True
            self.eta.reset()  # placing is not what an epoch takes
        self.order_state = self.batches.get_state()
        order = torch.randperm(len(self.x), generator=self.batches).to(self.device).split(size)
        if phase.steps is not None:  # the last epoch may be a part of one
            order = order[: phase.steps - position.epoch * self.steps_per_epoch]
        first, started, watched = position.step, read_clock(), callback is not None or run is not None
        ended = False
        for index in order[first:]:
            if (
                phase.refresh_every is not None
                and (position.epoch * self.steps_per_epoch + position.step) % phase.refresh_every == 0
            ):
                ended = self.model.refresh(phase, self.x)
                if ended:
                    break
            self._step(index, phase)
            position.step += 1
            if watched and position.step < len(order) and read_clock() - self.last_progress >= PROGRESS_SECONDS:
                values = {**self._mean_losses(order), "points_per_s": self._points_per_second(order, first, started)}
                share = position.step / len(order)
                message = f"{self._epoch_label(phase)}, {100 * share:.0f} % of it"
                if self._emit(callback, phase, message, {**values, "share_of_epoch": share}, run):
                    return True
                self._checkpoint_if_due(run)
        if position.step == 0:  # the phase ended where an epoch would have begun
            self._end_phase(ended)
            return False
        row, speed = self._mean_losses(order), self._points_per_second(order, first, started)
        if len(self.held_out):
            row |= self._held_out_losses()
        self._check_finite(row)
        words, figures = usage_summary(self.model, self.snapshot_points)
        message = self._epoch_label(phase)
        self._next_epoch({**row, **figures}, ended)
        parts = ", ".join(f"{name.replace('_', ' ')} {value:.2f}" for name, value in row.items())
        best = ", the best so far" if position.since_best == 0 and position.best < math.inf else ""
        message += f": {parts}{best}{words}"
        stop = self._emit(callback, phase, message, {**row, **figures, "points_per_s": speed}, run) and not self.finished
        if not (stop or self.finished):
            self._checkpoint_if_due(run)
        return stop

    def _step(self, index: torch.Tensor, phase: Phase) -> None:
        config, epoch = self.model.config, self.position.epoch + self.position.step / self.steps_per_epoch
        rate = learning_rate(config, phase, epoch, self.steps_per_epoch)
        for group, scale in zip(self.optimiser.param_groups, self.scales, strict=True):
            group["lr"] = rate * scale
        with torch.autocast(self.device.type, torch.bfloat16, enabled=config.precision == "bfloat16"):
            loss = self.model.loss(self.x[index], self.noise, StepContext(phase.name, epoch, index))
        self.optimiser.zero_grad(set_to_none=True)
        loss.total.backward()
        if phase.max_grad_norm is not None:
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), phase.max_grad_norm)
        self.optimiser.step()
        # Added up where they are and read once in a while: a GPU need not wait for the numbers of every step.
        parts = torch.stack([loss.total.detach(), *(part.detach() for part in loss.parts.values())]).double() * len(index)
        self.loss_sums = parts if self.loss_sums is None else self.loss_sums + parts
        self.position.names = ["loss", *loss.parts]

    def _mean_losses(self, order: tuple[torch.Tensor, ...]) -> dict[str, float]:
        assert self.loss_sums is not None
        points = sum(map(len, order[: self.position.step]))
        return {name: value / points for name, value in zip(self.position.names, self.loss_sums.tolist(), strict=True)}

    def _points_per_second(self, order: tuple[torch.Tensor, ...], first: int, started: float) -> float:
        return sum(map(len, order[first : self.position.step])) / max(read_clock() - started, 1e-9)

    def _held_out_losses(self) -> dict[str, float]:
        """Mean loss of the held-out points and its terms, with one fixed noise and without warm-up."""
        generator = torch.Generator(self.device).manual_seed(self.held_out_seed)
        sums: dict[str, float] = {}
        with torch.no_grad():
            for block in self.held_out.split(4096):
                loss = self.model.loss(block, generator, StepContext(self.phase.name))
                for name, value in (("held_out", loss.total), *((f"held_out_{n}", part) for n, part in loss.parts.items())):
                    sums[name] = sums.get(name, 0.0) + float(value) * len(block)
        return {name: value / len(self.held_out) for name, value in sums.items()}

    def _check_finite(self, row: dict[str, float]) -> None:
        """Raise `VaegcError` where the loss or a weight is not finite: the last good checkpoint must not be replaced."""
        if not (all(map(math.isfinite, row.values())) and all(bool(p.isfinite().all()) for p in self.model.parameters())):
            raise VaegcError(
                f"The loss became infinite in epoch {len(self.position.history) + 1}; a smaller learning_rate or scaled data helps."
            )

    def _next_epoch(self, row: dict[str, float], ended: bool) -> None:
        position, patience = self.position, self.model.config.patience
        position.history.append(row)
        position.epoch, position.step, self.loss_sums = position.epoch + 1, 0, None
        warm = position.epoch >= self.model.config.kl_warmup  # before, the held-out loss is not yet what is minimised
        if patience is not None and warm and position.phase == len(self.phases) - 1:
            position.since_best = 0 if row["held_out"] < position.best else position.since_best + 1
            if position.since_best == 0:
                position.best = row["held_out"]
                self.best_weights = {name: tensor.detach().clone() for name, tensor in self.model.state_dict().items()}
        if ended or position.epoch >= self.epochs[position.phase]:
            self._end_phase(ended)

    def _end_phase(self, ended: bool) -> None:
        position = self.position
        if position.phase == len(self.phases) - 1:
            position.ended = ended
        else:
            position.phase, position.epoch, position.begun = position.phase + 1, 0, False
            self.begin_phase()

    def _epoch_label(self, phase: Phase) -> str:
        before = " (pretraining)" if phase.name == "pretrain" else ""
        return f"Epoch {len(self.position.history) + 1} of {sum(self.epochs)}{before}"

    def _emit(
        self, callback: Callback | None, phase: Phase, message: str, values: dict[str, float], run: RunFolder | None
    ) -> bool:
        arrays = {}
        self.last_progress = now = read_clock()
        if (callback is not None or run is not None) and (now - self.last_snapshot >= self.snapshot_interval or self.finished):
            arrays = self._snapshot(run)
            self.last_snapshot, self.snapshot_interval = (
                now,
                max(SNAPSHOT_SECONDS, SNAPSHOT_INTERVAL_FACTOR * (read_clock() - now)),
            )
        done, total = len(self.position.history), sum(self.epochs)
        share = done + values.get("share_of_epoch", 0.0)
        self.eta.update(share, now)
        left = (
            {} if self.eta.seconds_per_epoch is None else {"seconds_left": max(total - share, 0.0) * self.eta.seconds_per_epoch}
        )
        values = {**values, "seconds": self._seconds(), **left}
        try:
            return stop_asked(callback, Progress("train", done, total, message, values, arrays, phase=phase.name))
        except BaseException:  # whoever watched has gone, by an interrupt or a closed pipe: between two steps all can be kept
            if run is not None:
                self._checkpoint(run)
                run.set_status("stopped")
            raise

    def _seconds(self) -> float:
        """Seconds of training, those of earlier attempts included."""
        return self.seconds_before + read_clock() - self.started

    def _snapshot(self, run: RunFolder | None) -> dict[str, np.ndarray]:
        arrays = snapshot(self.model, self.snapshot_points, self.snapshot_rows)
        if run is not None:
            run.write_snapshot(
                {**arrays, **self.side_arrays},
                history_arrays(self.position.history, [phase.name for phase in self.phases], self.epochs),
            )
        return arrays

    def _checkpoint_if_due(self, run: RunFolder | None) -> None:
        if run is not None and read_clock() - self.last_checkpoint >= self.checkpoint_interval:
            self._checkpoint(run)

    def _checkpoint(self, run: RunFolder) -> None:
        began = read_clock()
        self._check_finite({} if self.loss_sums is None else dict(zip(self.position.names, self.loss_sums.tolist(), strict=True)))
        self.position.seconds = self._seconds()
        run.write_checkpoint(self)
        self.last_checkpoint = read_clock()
        self.checkpoint_interval = max(CHECKPOINT_SECONDS, CHECKPOINT_INTERVAL_FACTOR * (self.last_checkpoint - began))


def _set_status(run: RunFolder | None, status: str, message: str) -> None:
    if run is not None:
        run.set_status(status, message)
