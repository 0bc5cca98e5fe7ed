"""One tile of Gaussian components at one point: exponents, exponentials, sums; in float64 or float32, whichever it is given.

What belongs together is passed as one named tuple of arrays, and taken apart before the loops: doing so per tile made a step a third slower.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vaegc.sweep.compilation import kernel


class Gaussians(NamedTuple):
    """M weighted Gaussians, one array per parameter; float64, or float32 around a point nearby."""

    means: np.ndarray  # (d, M)
    precision: np.ndarray  # (d, M), or (1, M) where it is the same in all directions
    log_weight: np.ndarray  # (M,) log of weight times normalising constant
    step_precision: (
        np.ndarray
    )  # (M,) mean precision of the members, which differs where Gaussians were merged; unused where d rows are given
    log_count: np.ndarray  # (M,) log of how many centres each stands for


class ExpConstants(NamedTuple):
    """What the exponential needs in one precision."""

    # log2 e; a number whose sum with x holds round(x) + exponent bias in its low bits; ln 2 in two parts; underflow; Taylor coefficients
    coefficients: np.ndarray  # (14,)
    mantissa_bits: np.integer


class TileBuffers(NamedTuple):
    """Intermediate values of one tile."""

    exponents: np.ndarray  # (TILE,) log of weight times density, then the same less its largest
    weights: np.ndarray  # (TILE,) exponentials of these
    scale: np.ndarray  # (TILE,) powers of two
    bits: np.ndarray  # (TILE,) `scale` seen as integers of its size


class RunningSums(NamedTuple):
    """Sums so far at the points of one block."""

    top: np.ndarray  # (B,) largest exponent so far, to which the totals are relative
    totals: np.ndarray  # (B, d + 1 or 2 d, + 2): shift (d), mean precision (1 or d), density, Σ w log w


class DensityStatistics(NamedTuple):
    """What one pass over the components tells of the density at B points."""

    log_density: np.ndarray  # (B,) nats
    shift: np.ndarray  # (B, d) gradient over mean precision: where the fixed-point step goes
    precision: np.ndarray  # (B, d), or (B, 1): mean precision
    effective_neighbors: np.ndarray  # (B,) effective number of centres, exp of the entropy of their shares
    n_evaluated: np.ndarray  # (B,) components that were summed


TAYLOR = [1 / 2, 1 / 6, 1 / 24, 1 / 120, 1 / 720, 1 / 5040, 1 / 40320, 1 / 362880, 1 / 3628800]
EXP64 = ExpConstants(
    np.array([1.4426950408889634, 3 * 2.0**51 + 1023, 0.6931471803691238, 1.9082149292705877e-10, -700.0, *TAYLOR]), np.int64(52)
)
EXP32 = ExpConstants(
    np.array([1.4426950408889634, 3 * 2.0**22 + 127, 0.693359375, -2.12194440e-4, -80.0, *TAYLOR], np.float32), np.int32(23)
)


@kernel(inline="never", fastmath=True)
def _exponents(
    means: np.ndarray, precision: np.ndarray, log_weight: np.ndarray, z: np.ndarray, first: int, count: int, half: float,
    out: np.ndarray,
) -> float:  # fmt: skip
    """Log of weight times density at z (d,) of the components (or cells) first..first + count, into `out`; returns the largest."""
    d, weight = len(means), log_weight[first : first + count]  # slices: their indices need no check for negative ones
    if len(precision) == 1:
        c, at = means[0, first : first + count], z[0]
        for j in range(count):
            x = c[j] - at
            out[j] = x * x
        k = 1
        while k + 2 < d:  # three at a time, so that `out` is read and written less often
            c, c1, c2 = means[k, first : first + count], means[k + 1, first : first + count], means[k + 2, first : first + count]
            at, at1, at2 = z[k], z[k + 1], z[k + 2]
            for j in range(count):
                x, x1, x2 = c[j] - at, c1[j] - at1, c2[j] - at2
                out[j] += x * x + x1 * x1 + x2 * x2
            k += 3
        while k < d:
            c, at = means[k, first : first + count], z[k]
            for j in range(count):
                x = c[j] - at
                out[j] += x * x
            k += 1
        p = precision[0, first : first + count]
        for j in range(count):
            out[j] = weight[j] - half * p[j] * out[j]
    else:
        for j in range(count):
            out[j] = weight[j]
        for k in range(d):
            c, p, at = means[k, first : first + count], precision[k, first : first + count], z[k]
            for j in range(count):
                x = c[j] - at
                out[j] -= half * p[j] * x * x
    top = out[0]
    for j in range(count):
        top = max(top, out[j])
    return top


@kernel(inline="never", fastmath={"contract"})  # not reordered: rounding by the shifter must happen
def _exponentials(
    a: np.ndarray, top: float, count: int, e: np.ndarray, mantissa_bits: int, scale: np.ndarray, bits: np.ndarray, w: np.ndarray
) -> None:
    """Weights w = exp(a - top), and a becomes a - top, of the first `count`; the rest as in `ExpConstants` and `TileBuffers`."""
    for j in range(count):
        a[j] = max(a[j] - top, e[4])
        scale[j] = a[j] * e[0] + e[1]
    for j in range(count):
        n = scale[j] - e[1]
        r = a[j] - n * e[2] - n * e[3]
        p = e[9] + r * (e[10] + r * (e[11] + r * (e[12] + r * e[13])))
        p = r * (e[5] + r * (e[6] + r * (e[7] + r * (e[8] + r * p))))
        w[j] = r * p + r
    for j in range(count):
        bits[j] = bits[j] << mantissa_bits
    for j in range(count):
        w[j] = w[j] * scale[j] + scale[j]


@kernel(inline="never", fastmath=True)
def _accumulate(
    means: np.ndarray, precision: np.ndarray, step_precision: np.ndarray, log_count: np.ndarray, z: np.ndarray,
    first: int, count: int, a: np.ndarray, w: np.ndarray, totals: np.ndarray,
) -> None:  # fmt: skip
    """Add a tile, whose weights w are known, to the totals of one point (see `RunningSums`)."""
    d, rows, zero = len(means), len(precision), w[0] - w[0]  # zero of the right type: sums stay in it within a tile
    own = log_count[first : first + count]
    total, entropy = zero, zero
    for j in range(count):
        total += w[j]
        entropy += w[j] * (a[j] - own[j])
    totals[d + rows] += total
    totals[d + rows + 1] += entropy
    if rows == 1:
        step, p = step_precision[first : first + count], precision[0, first : first + count]
        mean = zero
        for j in range(count):
            mean += w[j] * step[j]
            w[j] *= p[j]
        totals[d] += mean
    for k in range(d):
        c, at, moved, mean = means[k, first : first + count], z[k], zero, zero
        if rows == 1:
            for j in range(count):
                moved += w[j] * (c[j] - at)
        else:
            p = precision[k, first : first + count]
            for j in range(count):
                x = w[j] * p[j]
                mean += x
                moved += x * (c[j] - at)
            totals[d + k] += mean
        totals[k] += moved


@kernel
def _sum_block(
    z: np.ndarray, size: int, n: int, gaussians: Gaussians, exp: ExpConstants, sums: RunningSums, buffers: TileBuffers
) -> None:
    """Add the first `n` components, tile by tile, to the sums of the first `size` points of a block, which lie at z (B, d)."""
    means, precision, log_weight, step_precision, log_count = gaussians
    top, totals, e, mantissa_bits = sums.top, sums.totals, exp.coefficients, exp.mantissa_bits
    a, w, scale, bits = buffers
    tile, density = len(a), len(means) + len(precision)  # where the density stands in the totals
    for t in range(0, n, tile):
        count = min(tile, n - t)
        for q in range(size):  # inside, so that the components of the tile are fetched once for all of them
            out = totals[q]
            highest = _exponents(means, precision, log_weight, z[q], t, count, e[5], a)
            if highest > top[q]:
                if top[q] > -np.inf:
                    fall = np.exp(top[q] - highest)
                    out[density + 1] += (top[q] - highest) * out[density]
                    for k in range(len(out)):
                        out[k] *= fall
                top[q] = highest
            elif highest < top[q] + e[4]:
                continue
            _exponentials(a, top[q], count, e, mantissa_bits, scale, bits, w)
            _accumulate(means, precision, step_precision, log_count, z[q], t, count, a, w, out)


@kernel
def _write_statistics(i: int, top: float, totals: np.ndarray, n_evaluated: int, out: DensityStatistics) -> None:
    """Write what the finished totals of one point say into row i of `out`."""
    d, rows = out.shift.shape[1], out.precision.shape[1]
    total = totals[d + rows]
    out.log_density[i] = top + np.log(total)
    out.effective_neighbors[i] = np.exp(np.log(total) - totals[d + rows + 1] / total)
    out.n_evaluated[i] = n_evaluated
    for k in range(rows):
        out.precision[i, k] = totals[d + k] / total
    for k in range(d):
        out.shift[i, k] = totals[k] / totals[d + min(k, rows - 1)]
