"""The fit loop. Its whole state can be written down between any two steps, so that what was stopped goes on as if nothing had been."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import torch

from vaegc.datasets import Dataset
from vaegc.errors import Stopped, VaegcError
from vaegc.models.base import LatentModel, Phase, StepContext
from vaegc.models.config import MIN_LEARNING_RATE_SHARE
from vaegc.progress import Callback, Progress, read_clock, stop_asked
from vaegc.training._snapshots import PICTURES, Pace, beside, snapshot, table, used

if TYPE_CHECKING:
    from vaegc.training._run import Run

TELL_EVERY, SHOW_EVERY, KEEP_EVERY = 0.5, 1.0, 5.0  # seconds between events within an epoch, pictures, checkpoints
KEEP_SHARE, SHOW_SHARE = 30, 10  # a checkpoint, and pictures, may take one in so many seconds
SHOWN, MOST_SHOWN = 1000, 2_000_000  # points of the latent snapshot, numbers in all of them


def seeds(seed: int) -> list[int]:
    """Seeds of weights, batches, sampling, and of what is held out."""
    return [int(s.generate_state(1)[0]) for s in np.random.SeedSequence(seed).spawn(4)]


@dataclass
class Position:
    """Where a run is, as JSON-ready data; weights and generators are kept beside it."""

    phase: int = 0
    begun: bool = False  # whether what comes before the phase's first step is done
    epoch: int = 0  # finished ones of the phase
    step: int = 0  # within the epoch that is under way
    names: list[str] = field(default_factory=list)  # of the loss parts
    sums: list[float] = field(default_factory=list)  # of each over that epoch's points so far
    history: list[dict[str, float]] = field(default_factory=list)
    best: float = math.inf  # held-out loss
    since_best: int = 0  # epochs
    ended: bool = False  # the model itself ended its last phase
    seconds: float = 0.0  # of training so far


class Fit:
    """One training: the model, its optimiser and generators, and where it is."""

    def __init__(self, model: LatentModel, data: Dataset, seed: int, device: torch.device) -> None:
        config = model.config
        self.model, self.device, self.at = model.to(device), device, Position()
        _, for_batches, for_noise, for_held_out = seeds(seed)
        self.batches, self.noise = torch.Generator().manual_seed(for_batches), torch.Generator(device).manual_seed(for_noise)
        self.seed, self.seed_of_measure = seed, for_held_out
        order = np.random.default_rng(for_held_out).permutation(len(data))
        cut = round(config.held_out * len(data))
        x = model.scaling.network_input(data.x)
        self.held_out = torch.tensor(x[np.sort(order[:cut])], device=device)
        self.x = torch.tensor(x if cut == 0 else x[np.sort(order[cut:])], device=device)
        self.shown = np.sort(order[: max(min(SHOWN, MOST_SHOWN // data.x.shape[1]), PICTURES)])
        self.pictures = torch.tensor(x[self.shown], device=device)
        self.beside = beside(data, self.shown)
        self.per_epoch = math.ceil(len(self.x) / config.batch_size)
        self.phases = model.phases()
        self.epochs = [p.epochs if p.steps is None else math.ceil(p.steps / self.per_epoch) for p in self.phases]
        self.order_state = self.batches.get_state()  # as it was before this epoch's order was drawn
        self.sums: torch.Tensor | None = None
        self.best_weights: dict[str, torch.Tensor] | None = None
        self.begin_phase()
        self.told_at = self.kept_at = read_clock()
        self.keep_every, self.show_every = KEEP_EVERY, SHOW_EVERY
        self.shown_at, self.began, self.spent, self.pace = -math.inf, self.told_at, 0.0, Pace()

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do; never kept, since a run may be continued with more epochs than it was begun with."""
        at, patience = self.at, self.model.config.patience
        last = at.phase == len(self.phases) - 1
        return last and (at.ended or at.epoch >= self.epochs[-1] or (patience is not None and at.since_best >= patience))

    def begin_phase(self) -> None:
        """Set up the optimiser of the phase that is next."""
        self.phase = phase = self.phases[self.at.phase]
        groups = self.model.parameter_groups(phase)
        self.scales = [group.pop("scale") for group in groups]  # torch's optimiser keeps what it does not know, and saves it
        # Fused: one pass over weights and moments a step, where the plain one makes ten.
        self.optimiser = torch.optim.Adam(groups, lr=phase.learning_rate, fused=True)

    def go(self, callback: Callback | None, run: Run | None) -> None:
        """Train to the end, or until the callback stops it."""
        torch.set_flush_denormal(True)  # of this thread, which need not be the one that imported torch
        self.began, self.spent = read_clock(), self.at.seconds
        try:
            self._go(callback, run)
        except VaegcError as error:
            _note(run, "failed", str(error))
            raise
        except (RuntimeError, MemoryError) as error:
            words = str(error).splitlines()[0] if str(error) else type(error).__name__
            _note(run, "failed", words)
            if "memory" not in words.lower():
                raise
            raise VaegcError(
                f"There is not enough memory for this network and batch_size; make one of them smaller ({words})."
            ) from None

    def _go(self, callback: Callback | None, run: Run | None) -> None:
        self.model.train()
        stopped = False
        while not (self.finished or stopped):
            stopped = self.epoch(callback, run)
        provenance = self.model.provenance
        provenance.history, provenance.stopped = self.at.history, stopped
        if run is not None:
            self._keep(run)
        if self.best_weights is not None and not stopped and self.model.config.patience is not None:
            self.model.load_state_dict(self.best_weights)
        if run is not None:
            self._show(run)
        self.model.to("cpu").eval()
        if run is not None:
            run.close(self.model)

    def epoch(self, callback: Callback | None = None, run: Run | None = None) -> bool:
        """Run one epoch, or what is left of it; returns whether the callback asked to stop."""
        at, phase, size = self.at, self.phase, self.model.config.batch_size
        if not at.begun:
            if run is not None and at.history:
                self._show(run)  # placing can take minutes, in which a page looks at what there is
            try:
                self.model.on_phase_start(phase, self.x, self.seed, callback)
            except Stopped:  # nothing was placed: it begins again when the run goes on
                return True
            self.begin_phase()  # what was placed may be other parameters
            at.begun = True
            self.pace.restart()  # placing is not what an epoch takes
        self.order_state = self.batches.get_state()
        order = torch.randperm(len(self.x), generator=self.batches).to(self.device).split(size)
        if phase.steps is not None:  # the last epoch may be a part of one
            order = order[: phase.steps - at.epoch * self.per_epoch]
        first, started, watched = at.step, read_clock(), callback is not None or run is not None
        ended = False
        for index in order[first:]:
            if phase.refresh_every is not None and (at.epoch * self.per_epoch + at.step) % phase.refresh_every == 0:
                ended = self.model.refresh(phase, self.x)
                if ended:
                    break
            self._step(index, phase)
            at.step += 1
            if watched and at.step < len(order) and read_clock() - self.told_at >= TELL_EVERY:
                values = {**self._means(order), "points_per_s": self._speed(order, first, started)}
                share = at.step / len(order)
                words = f"{self._epoch_in_words(phase)}, {100 * share:.0f} % of it"
                if self._tell(callback, phase, words, {**values, "share_of_epoch": share}, run):
                    return True
                self._keep_sometimes(run)
        if at.step == 0:  # the phase ended where an epoch would have begun
            self._end_phase(ended)
            return False
        row, speed = self._means(order), self._speed(order, first, started)
        if len(self.held_out):
            row |= self._measured()
        self._check(row)
        words, figures = used(self.model, self.pictures)
        told = self._epoch_in_words(phase)
        self._next_epoch({**row, **figures}, ended)
        parts = ", ".join(f"{name.replace('_', ' ')} {value:.2f}" for name, value in row.items())
        best = ", the best so far" if at.since_best == 0 and at.best < math.inf else ""
        told += f": {parts}{best}{words}"
        stop = self._tell(callback, phase, told, {**row, **figures, "points_per_s": speed}, run) and not self.finished
        if not (stop or self.finished):
            self._keep_sometimes(run)
        return stop

    def _step(self, index: torch.Tensor, phase: Phase) -> None:
        config, epoch = self.model.config, self.at.epoch + self.at.step / self.per_epoch
        rate = self._learning_rate(phase, epoch)
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
        self.sums = parts if self.sums is None else self.sums + parts
        self.at.names = ["loss", *loss.parts]

    def _learning_rate(self, phase: Phase, epoch: float) -> float:
        """Of the step after `epoch` epochs, which need not be whole."""
        config, full = self.model.config, phase.learning_rate
        floor = MIN_LEARNING_RATE_SHARE * full
        if config.schedule == "cosine":
            length = phase.epochs if phase.steps is None else phase.steps / self.per_epoch
            return floor + (full - floor) * 0.5 * (1 + math.cos(math.pi * min(epoch / length, 1.0)))
        return max(full * config.decay**epoch, floor) if config.schedule == "exponential" else full

    def _means(self, order: tuple[torch.Tensor, ...]) -> dict[str, float]:
        assert self.sums is not None
        points = sum(map(len, order[: self.at.step]))
        return {name: value / points for name, value in zip(self.at.names, self.sums.tolist(), strict=True)}

    def _speed(self, order: tuple[torch.Tensor, ...], first: int, started: float) -> float:
        return sum(map(len, order[first : self.at.step])) / max(read_clock() - started, 1e-9)

    def _measured(self) -> dict[str, float]:
        """Mean loss of the held-out points and its parts, with one fixed noise and without warm-up."""
        generator = torch.Generator(self.device).manual_seed(self.seed_of_measure)
        sums: dict[str, float] = {}
        with torch.no_grad():
            for block in self.held_out.split(4096):
                loss = self.model.loss(block, generator, StepContext(self.phase.name))
                for name, value in (("held_out", loss.total), *((f"held_out_{n}", part) for n, part in loss.parts.items())):
                    sums[name] = sums.get(name, 0.0) + float(value) * len(block)
        return {name: value / len(self.held_out) for name, value in sums.items()}

    def _check(self, row: dict[str, float]) -> None:
        """Raise where the loss or a weight is no number any more: what was kept before must not be replaced by that."""
        if not (all(map(math.isfinite, row.values())) and all(bool(p.isfinite().all()) for p in self.model.parameters())):
            raise VaegcError(
                f"The loss became infinite in epoch {len(self.at.history) + 1}; a smaller learning_rate or scaled data helps."
            )

    def _next_epoch(self, row: dict[str, float], ended: bool) -> None:
        at, patience = self.at, self.model.config.patience
        at.history.append(row)
        at.epoch, at.step, self.sums = at.epoch + 1, 0, None
        warm = at.epoch >= self.model.config.kl_warmup  # before, the held-out loss is not yet what is minimised
        if patience is not None and warm and at.phase == len(self.phases) - 1:
            at.since_best = 0 if row["held_out"] < at.best else at.since_best + 1
            if at.since_best == 0:
                at.best = row["held_out"]
                self.best_weights = {name: tensor.detach().clone() for name, tensor in self.model.state_dict().items()}
        if ended or at.epoch >= self.epochs[at.phase]:
            self._end_phase(ended)

    def _end_phase(self, ended: bool) -> None:
        at = self.at
        if at.phase == len(self.phases) - 1:
            at.ended = ended
        else:
            at.phase, at.epoch, at.begun = at.phase + 1, 0, False
            self.begin_phase()

    def _epoch_in_words(self, phase: Phase) -> str:
        before = " (pretraining)" if phase.name == "pretrain" else ""
        return f"Epoch {len(self.at.history) + 1} of {sum(self.epochs)}{before}"

    def _tell(self, callback: Callback | None, phase: Phase, words: str, values: dict[str, float], run: Run | None) -> bool:
        arrays = {}
        self.told_at = now = read_clock()
        if (callback is not None or run is not None) and (now - self.shown_at >= self.show_every or self.finished):
            arrays = self._show(run)
            self.shown_at, self.show_every = now, max(SHOW_EVERY, SHOW_SHARE * (read_clock() - now))
        done, total = len(self.at.history), sum(self.epochs)
        share = done + values.get("share_of_epoch", 0.0)
        self.pace.mark(share, now)
        left = {} if self.pace.seconds is None else {"seconds_left": max(total - share, 0.0) * self.pace.seconds}
        values = {**values, "seconds": self._seconds(), **left}
        try:
            return stop_asked(callback, Progress("train", done, total, words, values, arrays, phase=phase.name))
        except BaseException:  # whoever watched has gone, by an interrupt or a closed pipe: between two steps all can be kept
            if run is not None:
                self._keep(run)
                run.end("stopped")
            raise

    def _seconds(self) -> float:
        """Of training, what a run took before included."""
        return self.spent + read_clock() - self.began

    def _show(self, run: Run | None) -> dict[str, np.ndarray]:
        arrays = snapshot(self.model, self.pictures, self.shown)
        if run is not None:
            run.show({**arrays, **self.beside}, table(self.at.history, [phase.name for phase in self.phases], self.epochs))
        return arrays

    def _keep_sometimes(self, run: Run | None) -> None:
        if run is not None and read_clock() - self.kept_at >= self.keep_every:
            self._keep(run)

    def _keep(self, run: Run) -> None:
        began = read_clock()
        self._check({} if self.sums is None else dict(zip(self.at.names, self.sums.tolist(), strict=True)))
        self.at.seconds = self._seconds()
        run.keep(self)
        self.kept_at = read_clock()
        self.keep_every = max(KEEP_EVERY, KEEP_SHARE * (self.kept_at - began))


def _note(run: Run | None, status: str, message: str) -> None:
    if run is not None:
        run.end(status, message)
