// Binary data inside JSON. Why base64: the answers of Python to one component come as JSON, which has no bytes.

/** @param {string} text base64 @returns {ArrayBuffer} */
export function decodeBase64(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer;
}
