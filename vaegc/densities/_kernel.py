"""One tile of Gaussian components at one point: exponents, exponentials, sums; in float64 or float32, whichever it is given."""

from __future__ import annotations

import numpy as np
from numba import njit

# What exp needs: log2 e; a number whose sum with x holds round(x) + exponent bias in its low bits; ln 2 in two parts; underflow; Taylor.
TAYLOR = [1 / 2, 1 / 6, 1 / 24, 1 / 120, 1 / 720, 1 / 5040, 1 / 40320, 1 / 362880, 1 / 3628800]
EXP64 = np.array([1.4426950408889634, 3 * 2.0**51 + 1023, 0.6931471803691238, 1.9082149292705877e-10, -700.0, *TAYLOR])
EXP32 = np.array([1.4426950408889634, 3 * 2.0**22 + 127, 0.693359375, -2.12194440e-4, -80.0, *TAYLOR], np.float32)
SHIFT64, SHIFT32 = np.int64(52), np.int32(23)  # bits of the mantissa


@njit(cache=True, nogil=True, inline="never", fastmath=True)
def _exponents(
    means: np.ndarray, precision: np.ndarray, log_weight: np.ndarray, z: np.ndarray, first: int, count: int,
    half: float, out: np.ndarray,
) -> float:  # fmt: skip
    """Log of weight times density at z of the components first..first + count; returns the largest."""
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


@njit(cache=True, nogil=True, inline="never", fastmath={"contract"})  # not reordered: rounding by the shifter must happen
def _exponentials(
    a: np.ndarray, top: float, count: int, e: np.ndarray, shift: int, scale: np.ndarray, bits: np.ndarray, w: np.ndarray
) -> None:
    """W = exp(a - top), and a becomes a - top; `e` is EXP64 or EXP32, `bits` is `scale` seen as integers."""
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
        bits[j] = bits[j] << shift
    for j in range(count):
        w[j] = w[j] * scale[j] + scale[j]


@njit(cache=True, nogil=True, inline="never", fastmath=True)
def _add(
    means: np.ndarray, precision: np.ndarray, step_precision: np.ndarray, log_count: np.ndarray, z: np.ndarray,
    first: int, count: int, a: np.ndarray, w: np.ndarray, out: np.ndarray,
) -> None:  # fmt: skip
    """Add to out: shift (d), mean precision (1 or d), density, Σ w log w."""
    d, rows, zero = len(means), len(precision), w[0] - w[0]  # zero of the right type: sums stay in it within a tile
    own = log_count[first : first + count]
    total, entropy = zero, zero
    for j in range(count):
        total += w[j]
        entropy += w[j] * (a[j] - own[j])
    out[d + rows] += total
    out[d + rows + 1] += entropy
    if rows == 1:
        step, p = step_precision[first : first + count], precision[0, first : first + count]
        mean = zero
        for j in range(count):
            mean += w[j] * step[j]
            w[j] *= p[j]
        out[d] += mean
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
            out[d + k] += mean
        out[k] += moved


@njit(cache=True, nogil=True)
def _sum(
    z: np.ndarray, tops: np.ndarray, outs: np.ndarray, q: int, first: int, count: int, e: np.ndarray, shift: int,
    means: np.ndarray, precision: np.ndarray, step_precision: np.ndarray, log_weight: np.ndarray, log_count: np.ndarray,
    a: np.ndarray, w: np.ndarray, scale: np.ndarray, bits: np.ndarray,
) -> None:  # fmt: skip
    """Add one tile of components to the sums of one point: outs[q], relative to the largest exponent so far, tops[q]."""
    total, out = len(means) + len(precision), outs[q]
    highest = _exponents(means, precision, log_weight, z, first, count, e[5], a)
    if highest > tops[q]:
        if tops[q] > -np.inf:
            fall = np.exp(tops[q] - highest)
            out[total + 1] += (tops[q] - highest) * out[total]
            for k in range(len(out)):
                out[k] *= fall
        tops[q] = highest
    elif highest < tops[q] + e[4]:
        return
    _exponentials(a, tops[q], count, e, shift, scale, bits, w)
    _add(means, precision, step_precision, log_count, z, first, count, a, w, out)


@njit(cache=True, nogil=True)
def _finish(
    i: int, top: float, out: np.ndarray, rows: int,
    log_density: np.ndarray, shift: np.ndarray, mean_precision: np.ndarray, neighbours: np.ndarray,
) -> None:  # fmt: skip
    d = shift.shape[1]
    total = out[d + rows]
    log_density[i] = top + np.log(total)
    neighbours[i] = np.exp(np.log(total) - out[d + rows + 1] / total)
    for k in range(rows):
        mean_precision[i, k] = out[d + k] / total
    for k in range(d):
        shift[i, k] = out[k] / out[d + min(k, rows - 1)]
