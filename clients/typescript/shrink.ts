/**
 * @module clients/typescript/shrink
 * Makes a photograph smaller before it is sent, where there is a canvas. The network sees some 260 pixels, a phone
 * takes 4,000: what is sent is a twentieth of the bytes. What is drawn anew has no EXIF: place and time stay on the device.
 */
import type { Picture } from './picture.ts';

/** A hook that makes a picture smaller; what it returns is sent. */
export type Shrink = (picture: Picture) => Picture | Promise<Picture>;

/** Pixels on the longer side of what is sent. */
const LONGEST_SIDE = 1024;
const QUALITY = 0.92;

// Only what is used: Node's and React Native's types know no canvas.
interface Bitmap {
  width: number;
  height: number;
  close(): void;
}
interface Drawing {
  imageSmoothingQuality: string;
  fillStyle: string;
  fillRect(x: number, y: number, width: number, height: number): void;
  drawImage(bitmap: Bitmap, x: number, y: number, width: number, height: number): void;
}
interface Canvas {
  width: number;
  height: number;
  getContext(kind: '2d'): Drawing | null;
  toBlob(take: (blob: Blob | null) => void, type: string, quality: number): void;
}
interface Surroundings {
  createImageBitmap?: (blob: Blob, options: { imageOrientation: 'from-image' }) => Promise<Bitmap>;
  document?: { createElement(name: 'canvas'): Canvas };
}

/**
 * The picture as an upright JPEG of at most 1,024 pixels on the longer side. It comes back as it is where there is no
 * canvas, where the browser can't open it, where it is small enough, and where it is a file of React Native.
 */
export async function shrinkByCanvas(picture: Picture): Promise<Picture> {
  const { createImageBitmap, document } = globalThis as unknown as Surroundings;
  if (createImageBitmap === undefined || document === undefined || 'uri' in picture) return picture;
  const blob = picture instanceof Blob ? picture : new Blob([picture]);
  let bitmap: Bitmap | undefined;
  try {
    bitmap = await createImageBitmap(blob, { imageOrientation: 'from-image' });
    const scale = LONGEST_SIDE / Math.max(bitmap.width, bitmap.height);
    if (scale >= 1) return picture;
    return (await redraw(document.createElement('canvas'), bitmap, scale)) ?? picture;
  } catch {
    // HEIC in most browsers, say. The service says what it thinks of it.
    return picture;
  } finally {
    bitmap?.close();
  }
}

/** Null where the browser has no memory for it. */
async function redraw(canvas: Canvas, bitmap: Bitmap, scale: number): Promise<Blob | null> {
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const drawing = canvas.getContext('2d');
  if (drawing === null) return null;
  // The default takes so few pixels into account that fur would turn into noise.
  drawing.imageSmoothingQuality = 'high';
  // What shows through transparent pixels: the same as in the service.
  drawing.fillStyle = '#fff';
  drawing.fillRect(0, 0, canvas.width, canvas.height);
  drawing.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', QUALITY));
}
