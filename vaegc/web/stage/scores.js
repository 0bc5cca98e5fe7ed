// Agreement of a clustering with true classes: ACC, NMI, ARI, purity; noise counts as wrong or is left out.
// Why from one table of counts: at 70,000 points the hand gets new scores within a millisecond. Conventions are scikit-learn's.

/** @typedef {{acc: number, nmi: number, ari: number, purity: number, coverage: number}} Scores */

/** Cells of a table that are kept from one call to the next; a larger one is made anew each time. */
const MAX_CACHED_CELLS = 1 << 20;
let cachedTable = new Int32Array(1024);

/**
 * Contingency table: counts of clusters by classes, row-major, with one more row for the noise. The next call may overwrite them.
 * @param {Int32Array} labels cluster 0..nClusters-1, or negative for noise
 * @param {number} nClusters
 * @param {Int32Array} classes 0..nClasses-1
 * @param {number} nClasses
 * @returns {Int32Array}
 */
export function contingencyTable(labels, nClusters, classes, nClasses) {
  const cells = (nClusters + 1) * nClasses;
  let table = cachedTable;
  if (cells > table.length) {
    table = new Int32Array(cells > MAX_CACHED_CELLS ? cells : Math.min(MAX_CACHED_CELLS, 2 * cells));
    if (cells <= MAX_CACHED_CELLS) cachedTable = table;
  } else {
    table.fill(0, 0, cells);
  }
  for (let i = 0; i < labels.length; i++) {
    const row = labels[i] < 0 ? nClusters : labels[i];
    table[row * nClasses + classes[i]]++;
  }
  return table;
}

/**
 * Accuracy under the best matching, NMI, ARI, purity and coverage, as scikit-learn computes them.
 * @param {Int32Array} labels cluster 0..nClusters-1, or negative for noise
 * @param {number} nClusters
 * @param {Int32Array} classes 0..nClasses-1
 * @param {number} nClasses
 * @param {boolean} ignoreNoise score the labelled points alone; else noise is one extra cluster for NMI and ARI, and wrong for
 *   ACC and purity
 * @returns {Scores} coverage: share of the points that are scored
 */
export function scoreLabels(labels, nClusters, classes, nClasses, ignoreNoise = false) {
  const table = contingencyTable(labels, nClusters, classes, nClasses);
  const sums = tableSums(table, ignoreNoise ? nClusters : nClusters + 1, nClasses);
  const { n } = sums;
  if (n === 0) return { acc: 0, nmi: 0, ari: 0, purity: 0, coverage: 0 };
  return {
    acc: matchedCount(table, nClusters, nClasses) / n,
    purity: purityCount(table, nClusters, nClasses) / n,
    nmi: normalizedMutualInformation(sums),
    ari: adjustedRandIndex(sums),
    coverage: n / labels.length,
  };
}

// The points of each row's largest class.
function purityCount(table, rows, columns) {
  let total = 0;
  for (let row = 0; row < rows; row++) {
    let best = 0;
    for (let at = row * columns; at < (row + 1) * columns; at++) if (table[at] > best) best = table[at];
    total += best;
  }
  return total;
}

/**
 * The most points that a one-to-one matching of rows to columns can hold.
 * @param {ArrayLike<number>} table rows × columns counts, row-major; further rows are ignored
 * @param {number} rows
 * @param {number} columns
 * @returns {number}
 */
export function matchedCount(table, rows, columns) {
  const pairs = maximumMatching(table, rows, columns);
  let total = 0;
  for (let k = 0; k < pairs.length; k += 2) total += table[pairs[k] * columns + pairs[k + 1]];
  return total;
}

/**
 * The one-to-one matching of rows to columns that holds the most points; pairs without a common point stay out.
 * Shortest augmenting paths (Kuhn-Munkres with potentials) over the smaller side: cost small² · large.
 * @param {ArrayLike<number>} table rows × columns counts, row-major; further rows are ignored
 * @param {number} rows
 * @param {number} columns
 * @returns {number[]} row, column, row, column, ...
 */
export function maximumMatching(table, rows, columns) {
  const chosen = rows > columns * columns ? candidateRows(table, rows, columns) : null;
  const candidates = chosen ? chosen.length : rows;
  const rowOf = chosen ? (k) => chosen[k] : (k) => k;
  const flipped = candidates > columns;
  const few = flipped ? columns : candidates;
  const many = flipped ? candidates : columns;
  const count = flipped ? (i, j) => table[rowOf(j) * columns + i] : (i, j) => table[rowOf(i) * columns + j];

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
  const pairs = [];
  for (let j = 1; j <= many; j++) {
    const i = partner[j];
    if (i === 0 || !(count(i - 1, j - 1) > 0)) continue;
    pairs.push(rowOf(flipped ? j - 1 : i - 1), flipped ? i - 1 : j - 1);
  }
  return pairs;
}

// A column is matched to one of the rows where it has most, as many of them as there are columns: the other columns can
// occupy all of them but one. With thousands of clusters the rest need not be looked at.
function candidateRows(table, rows, columns) {
  const top = new Int32Array(columns * columns);
  const found = new Int32Array(columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const held = table[row * columns + column];
      const first = column * columns;
      if (held === 0 || (found[column] === columns && held <= table[top[first + columns - 1] * columns + column])) continue;
      if (found[column] < columns) found[column]++;
      let place = first + found[column] - 1;
      for (; place > first && table[top[place - 1] * columns + column] < held; place--) top[place] = top[place - 1];
      top[place] = row;
    }
  }
  const chosen = new Set();
  for (let column = 0; column < columns; column++) {
    for (let place = 0; place < found[column]; place++) chosen.add(top[column * columns + place]);
  }
  return [...chosen].sort((a, b) => a - b);
}

// What the chance-corrected scores need: Σ x² and Σ x ln x over cells, rows and columns that hold a point.
function tableSums(table, rows, columns) {
  const columnSums = new Float64Array(columns);
  const sums = { n: 0, rows: 0, columns: 0, squares: [0, 0, 0], logs: [0, 0, 0] };
  let squares = 0;
  let logs = 0;
  let rowSquares = 0;
  let rowLogs = 0;
  for (let row = 0; row < rows; row++) {
    let held = 0;
    for (let column = 0; column < columns; column++) {
      const count = table[row * columns + column];
      if (count === 0) continue;
      held += count;
      columnSums[column] += count;
      squares += count * count;
      if (count > 1) logs += count * Math.log(count);
    }
    if (held === 0) continue;
    sums.rows++;
    sums.n += held;
    rowSquares += held * held;
    rowLogs += held * Math.log(held);
  }
  let columnSquares = 0;
  let columnLogs = 0;
  for (const held of columnSums) {
    if (held === 0) continue;
    sums.columns++;
    columnSquares += held * held;
    columnLogs += held * Math.log(held);
  }
  sums.squares = [squares, rowSquares, columnSquares];
  sums.logs = [logs, rowLogs, columnLogs];
  return sums;
}

function normalizedMutualInformation({ n, rows, columns, squares, logs }) {
  if (rows <= 1 && columns <= 1) return 1;
  // Nothing in common, or everything: said here, where rounding cannot unsay it.
  if (rows <= 1 || columns <= 1) return 0;
  if (squares[0] === squares[1] && squares[0] === squares[2]) return 1;
  const [cells, ofRows, ofColumns] = logs.map((sum) => sum / n);
  const entropy = Math.log(n);
  return Math.min(1, Math.max(0, (entropy + cells - ofRows - ofColumns) / (entropy - (ofRows + ofColumns) / 2)));
}

function adjustedRandIndex({ n, squares: [cells, ofRows, ofColumns] }) {
  // Ordered pairs: agreeing in both, in one only, in neither.
  const both = cells - n;
  const onlyRows = ofRows - cells;
  const onlyColumns = ofColumns - cells;
  const neither = n * n - cells - onlyRows - onlyColumns;
  if (onlyRows === 0 && onlyColumns === 0) return 1;
  return (2 * (both * neither - onlyRows * onlyColumns))
    / ((both + onlyRows) * (onlyRows + neither) + (both + onlyColumns) * (onlyColumns + neither));
}
