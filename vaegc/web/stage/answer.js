// Carries an answer of Python to the stage: what a clicked point decodes to.
// Why a component of its own: a change of the stage's own data would send the whole scene again.

/** @param {{data: {version: string, point: number, frame: number, words: string, pictures: object[]}}} component */
export default function ({ data }) {
  if (data) document.dispatchEvent(new CustomEvent("vaegc-answer", { detail: data }));
}
