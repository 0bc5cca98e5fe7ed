// Agreement of a clustering with true classes, noise counted as wrong (policy "wrong" of design.md, section 3).
// Source: scikit-learn's conventions for NMI (arithmetic mean, natural logarithm) and ARI; ACC by Hungarian matching.

/** @typedef {{acc: number, nmi: number, ari: number, purity: number}} Scores */

/**
 * @param {Int32Array} labels cluster 0..nClusters-1, or negative for noise
 * @param {number} nClusters
 * @param {Int32Array} classes 0..nClasses-1
 * @param {number} nClasses
 * @returns {Scores}
 */
export function scoreLabels(labels, nClusters, classes, nClasses) {
  const n = labels.length;
  // Row nClusters collects the noise: one extra cluster for NMI and ARI, no cluster at all for ACC and purity.
  const table = new Int32Array((nClusters + 1) * nClasses);
  for (let i = 0; i < n; i++) {
    const row = labels[i] < 0 ? nClusters : labels[i];
    table[row * nClasses + classes[i]]++;
  }
  let agreed = 0;
  for (let k = 0; k < nClusters; k++) {
    let best = 0;
    for (let c = 0; c < nClasses; c++) best = Math.max(best, table[k * nClasses + c]);
    agreed += best;
  }
  return {
    acc: bestMatching(table, nClusters, nClasses) / n,
    purity: agreed / n,
    nmi: mutualInformationScore(table, nClusters + 1, nClasses, n),
    ari: adjustedRandScore(table, nClusters + 1, nClasses, n),
  };
}

/**
 * The most points that a one-to-one matching of rows to columns can hold.
 * Shortest augmenting paths (Kuhn-Munkres with potentials) over the smaller side: cost small² · large.
 * @param {ArrayLike<number>} table rows × columns counts, row-major; further rows are ignored
 * @param {number} rows
 * @param {number} columns
 * @returns {number}
 */
export function bestMatching(table, rows, columns) {
  const flipped = rows > columns;
  const few = flipped ? columns : rows;
  const many = flipped ? rows : columns;
  if (few === 0) return 0;
  const count = flipped ? (i, j) => table[j * columns + i] : (i, j) => table[i * columns + j];

  const rowPrice = new Float64Array(few + 1);
  const columnPrice = new Float64Array(many + 1);
  const partner = new Int32Array(many + 1);
  const cameFrom = new Int32Array(many + 1);
  const slack = new Float64Array(many + 1);
  const visited = new Uint8Array(many + 1);
  for (let i = 1; i <= few; i++) {
    partner[0] = i;
    slack.fill(Infinity);
    visited.fill(0);
    let column = 0;
    while (partner[column] !== 0) {
      visited[column] = 1;
      const row = partner[column];
      let step = Infinity;
      let next = 0;
      for (let j = 1; j <= many; j++) {
        if (visited[j]) continue;
        const reduced = -count(row - 1, j - 1) - rowPrice[row] - columnPrice[j];
        if (reduced < slack[j]) {
          slack[j] = reduced;
          cameFrom[j] = column;
        }
        if (slack[j] < step) {
          step = slack[j];
          next = j;
        }
      }
      for (let j = 0; j <= many; j++) {
        if (visited[j]) {
          rowPrice[partner[j]] += step;
          columnPrice[j] -= step;
        } else {
          slack[j] -= step;
        }
      }
      column = next;
    }
    while (column !== 0) {
      partner[column] = partner[cameFrom[column]];
      column = cameFrom[column];
    }
  }
  let total = 0;
  for (let j = 1; j <= many; j++) if (partner[j] > 0) total += count(partner[j] - 1, j - 1);
  return total;
}

function margins(table, rows, columns) {
  const rowSums = new Float64Array(rows);
  const columnSums = new Float64Array(columns);
  for (let k = 0; k < rows; k++) {
    for (let c = 0; c < columns; c++) {
      rowSums[k] += table[k * columns + c];
      columnSums[c] += table[k * columns + c];
    }
  }
  return { rowSums, columnSums };
}

function entropyOf(sums, n) {
  let entropy = 0;
  for (const sum of sums) if (sum > 0) entropy -= (sum / n) * Math.log(sum / n);
  return entropy;
}

function mutualInformationScore(table, rows, columns, n) {
  const { rowSums, columnSums } = margins(table, rows, columns);
  const used = (sums) => sums.reduce((total, sum) => total + (sum > 0 ? 1 : 0), 0);
  if (used(rowSums) <= 1 && used(columnSums) <= 1) return 1;
  let information = 0;
  for (let k = 0; k < rows; k++) {
    for (let c = 0; c < columns; c++) {
      const both = table[k * columns + c];
      if (both === 0) continue;
      information += (both / n) * (Math.log(both) - Math.log(n) - Math.log(rowSums[k] / n) - Math.log(columnSums[c] / n));
    }
  }
  // Below rounding error scikit-learn says 0 as well, rather than a ratio of two roundings.
  if (information <= Number.EPSILON) return 0;
  return information / ((entropyOf(rowSums, n) + entropyOf(columnSums, n)) / 2);
}

function adjustedRandScore(table, rows, columns, n) {
  const { rowSums, columnSums } = margins(table, rows, columns);
  const squares = (values) => values.reduce((total, value) => total + value * value, 0);
  let together = 0;
  for (let cell = 0; cell < rows * columns; cell++) together += table[cell] * table[cell];
  // Ordered pairs: agreeing in both, in one only, in neither.
  const both = together - n;
  const onlyRows = squares(rowSums) - together;
  const onlyColumns = squares(columnSums) - together;
  const neither = n * n - together - onlyRows - onlyColumns;
  if (onlyRows === 0 && onlyColumns === 0) return 1;
  return (2 * (both * neither - onlyRows * onlyColumns))
    / ((both + onlyRows) * (onlyRows + neither) + (both + onlyColumns) * (onlyColumns + neither));
}
