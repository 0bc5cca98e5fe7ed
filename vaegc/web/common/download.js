// Saves a Blob as a file through the browser. Why apart: the picture of Choose K is saved without the stage.

/** @param {Blob} blob @param {string} name */
export function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser has begun by then; an address that is kept would keep the bytes.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
