/**
 * @module functions/page/client/photograph
 * Makes a photograph smaller before it is sent. What is drawn anew is upright, in sRGB and without EXIF: place, time
 * and camera stay on the device.
 */
import { Failure } from './failure.ts';
import { kindOfFile } from './file-kind.ts';

/** Pixels on the longer side of what is sent: the network looks at far fewer. */
const LONGEST_SIDE = 1024;
const QUALITY = 0.92;
/** What the service takes as it is. */
const MOST_BYTES = 10 * 1024 * 1024;
const HEAD_BYTES = 512;

/**
 * The photograph in `file` as a JPEG of at most 1,024 pixels on the longer side. One of a known format that this browser
 * can't open comes back as it is, for the service to decide. Throws {@link Failure}.
 */
export async function makeSmaller(file: Blob): Promise<Blob> {
  if (file.size === 0) throw new Failure({ kind: 'photograph', fault: 'empty' });
  const head = await readHead(file);
  const picture = await open(file);
  if (picture === null) {
    const kind = kindOfFile(head);
    if (kind === 'heic') throw new Failure({ kind: 'photograph', fault: 'heic' });
    if (kind === null) throw new Failure({ kind: 'photograph', fault: 'not-a-picture' });
    if (file.size > MOST_BYTES) throw new Failure({ kind: 'photograph', fault: 'too-large' });
    return file;
  }
  try {
    return (await redraw(picture)) ?? file;
  } finally {
    picture.close();
  }
}

async function readHead(file: Blob): Promise<Uint8Array> {
  try {
    return new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  } catch {
    throw new Failure({ kind: 'photograph', fault: 'unreadable' });
  }
}

interface Picture {
  source: CanvasImageSource;
  width: number;
  height: number;
  close(): void;
}

/** Decodes, turned upright; null where this browser can't. */
async function open(file: Blob): Promise<Picture | null> {
  try {
    const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
    const { width, height } = bitmap;
    return { source: bitmap, width, height, close: () => bitmap.close() };
  } catch {
    return openAsElement(file);
  }
}

/** Formats of the system, as HEIC in Safari, may open in an element only. */
async function openAsElement(file: Blob): Promise<Picture | null> {
  const url = URL.createObjectURL(file);
  const close = () => URL.revokeObjectURL(url);
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const { naturalWidth: width, naturalHeight: height } = image;
    if (width > 0 && height > 0) return { source: image, width, height, close };
  } catch {}
  close();
  return null;
}

/** Null where the browser has no memory for it. */
async function redraw({ source, width, height }: Picture): Promise<Blob | null> {
  const scale = Math.min(1, LONGEST_SIDE / Math.max(width, height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const drawing = canvas.getContext('2d');
  if (drawing === null) return null;
  // The default takes so few pixels into account that fur would turn into noise.
  drawing.imageSmoothingQuality = 'high';
  // What shows through transparent pixels: the same as in the service and in training.
  drawing.fillStyle = '#fff';
  drawing.fillRect(0, 0, canvas.width, canvas.height);
  drawing.drawImage(source, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', QUALITY));
}
