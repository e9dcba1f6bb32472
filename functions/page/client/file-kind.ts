/**
 * @module functions/page/client/file-kind
 * Tells by the first bytes what a file is that the browser couldn't open. Names and types lie.
 */

const HEIF_BRANDS = /^(hei[cxms]|hev[cxms]|mif[12]|msf1|miaf)$/;
const AVIF_BRANDS = /^avi[fs]$/;

/** `picture` is one that the service reads; null is anything else. */
export function kindOfFile(head: Uint8Array): 'heic' | 'picture' | null {
  const text = String.fromCharCode(...head);
  if (text.startsWith('ftyp', 4)) return kindOfBrands(text);
  const isPicture = /^(\xff\xd8|\x89PNG\r\n|GIF8[79]a|RIFF.{4}WEBP)/s.test(text);
  return isPicture ? 'picture' : null;
}

/** The `ftyp` box (ISO/IEC 14496-12, 4.3): AVIF files list HEIF's brands too, so theirs are looked for first. */
function kindOfBrands(text: string): 'heic' | 'picture' | null {
  const size = [0, 1, 2, 3].reduce((sum, i) => sum * 256 + text.charCodeAt(i), 0);
  const brands = [text.slice(8, 12), ...(text.slice(16, Math.min(size, 256)).match(/.{4}/gs) ?? [])];
  if (brands.some((brand) => AVIF_BRANDS.test(brand))) return 'picture';
  return brands.some((brand) => HEIF_BRANDS.test(brand)) ? 'heic' : null;
}
