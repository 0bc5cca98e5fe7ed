// Paints small images, grey or RGB, on a canvas.
// Why in one place: grey images are inverted on light pages, and every component must do it alike.

/**
 * Paints one image; grey ones are inverted on light pages (dark ink on light paper), colours stay as they are.
 * @param {HTMLCanvasElement} canvas takes the picture's own size; CSS enlarges it
 * @param {Uint8Array} bytes 0 is the data's lowest value @param {{width: number, height: number, channels: number}} shape @param {boolean} dark
 */
export function paintImage(canvas, bytes, { width, height, channels }, dark) {
  const image = new ImageData(width, height);
  const flip = channels === 1 && !dark;
  for (let k = 0; k < width * height; k++) {
    for (let c = 0; c < 3; c++) {
      const value = bytes[k * channels + (channels === 3 ? c : 0)];
      image.data[4 * k + c] = flip ? 255 - value : value;
    }
    image.data[4 * k + 3] = 255;
  }
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  canvas.getContext("2d").putImageData(image, 0, 0);
}
