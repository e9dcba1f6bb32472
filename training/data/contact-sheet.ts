/**
 * @module training/data/contact-sheet
 * The first pictures of each class with its title, on one sheet.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mapConcurrently } from '../../core/concurrency.ts';
import { type Engine, loadEngine } from '../../core/image/engine.ts';
import { LANCZOS, openPhotograph } from '../../core/image/read.ts';
import { displayName, type Label } from '../../core/manifest.ts';
import type { DataSet } from './data-set.ts';

/** Measures in pixels. */
const LAYOUT = { picture: 120, gap: 6, title: 30, aboveTitle: 6, margin: 24, between: 30 } as const;
const PICTURES = 4;
const MOST_COLUMNS = 3;
/** Letters of a title that fit above four pictures. */
const MOST_LETTERS = 44;
const PAPER = { r: 250, g: 249, b: 246 };

interface Overlay {
  input: Buffer;
  left: number;
  top: number;
}

export interface ContactSheet {
  png: Buffer;
  width: number;
  height: number;
  /** False where the machine has no font to write titles with. */
  hasTitles: boolean;
}

/**
 * Draws up to three classes side by side, in the order of their labels: name, species and count, and under them
 * the first four pictures by path, cropped to squares.
 */
export async function drawContactSheet(
  { root, pictures }: Pick<DataSet, 'root' | 'pictures'>,
  labels: readonly Label[],
): Promise<ContactSheet> {
  const engine = await loadEngine();
  const hasTitles = await hasFont(engine);
  const columns = Math.min(MOST_COLUMNS, labels.length);
  const card = {
    width: PICTURES * (LAYOUT.picture + LAYOUT.gap) - LAYOUT.gap,
    height: LAYOUT.title + LAYOUT.picture,
  };
  const cells = await mapConcurrently(labels, 4, async (label, index) => {
    const own = pictures.filter((picture) => picture.label === index);
    const left = LAYOUT.margin + (index % columns) * (card.width + LAYOUT.between);
    const top = LAYOUT.margin + Math.floor(index / columns) * (card.height + LAYOUT.between);
    const shown = own.slice(0, PICTURES).map(async ({ path }, i) => ({
      input: await drawThumbnail(await readFile(join(root, path))),
      left: left + i * (LAYOUT.picture + LAYOUT.gap),
      top: top + LAYOUT.title,
    }));
    const title = hasTitles ? [await placeTitle(engine, label, { count: own.length, left, top })] : [];
    return [...title, ...(await Promise.all(shown))];
  });
  const rows = Math.ceil(labels.length / columns);
  const width = 2 * LAYOUT.margin + columns * (card.width + LAYOUT.between) - LAYOUT.between;
  const height = 2 * LAYOUT.margin + rows * (card.height + LAYOUT.between) - LAYOUT.between;
  const png = await engine({ create: { width, height, channels: 3, background: PAPER } })
    .composite(cells.flat())
    .png()
    .toBuffer();
  return { png, width, height, hasTitles };
}

async function drawThumbnail(bytes: Uint8Array): Promise<Buffer> {
  const { image } = await openPhotograph(bytes, { background: [255, 255, 255] });
  const size = { width: LAYOUT.picture, height: LAYOUT.picture };
  return image
    .resize({ ...size, fit: 'cover', ...LANCZOS })
    .png({ compressionLevel: 1 })
    .toBuffer();
}

async function placeTitle(
  engine: Engine,
  { name, species }: Label,
  { count, left, top }: { count: number; left: number; top: number },
): Promise<Overlay> {
  const full = displayName(name);
  const shown = full.length > MOST_LETTERS ? `${full.slice(0, MOST_LETTERS - 1)}…` : full;
  const kind = species === 'other' ? '' : `${species}, `;
  const { input } = await drawText(
    engine,
    `<span foreground="#1f2328" weight="bold">${escapeMarkup(shown)}</span><span foreground="#6b7280">  ${kind}${count}</span>`,
  );
  // The image of a text ends where its ink does. Tops are alike, with a capital in each; what goes below a line isn't.
  return { input, left, top: top + LAYOUT.aboveTitle };
}

/**
 * Text on nothing, by Pango through libvips' text operation: it isn't one of the loaders that the image engine
 * shuts, as an SVG would be.
 */
async function drawText(
  engine: Engine,
  markup: string,
): Promise<{ input: Buffer; width: number; height: number }> {
  const { data, info } = await engine({ text: { text: markup, font: 'sans 11', dpi: 96, rgba: true } })
    .png()
    .toBuffer({ resolveWithObject: true });
  return { input: data, width: info.width, height: info.height };
}

/** Without any font Pango draws boxes, all of one width. */
async function hasFont(engine: Engine): Promise<boolean> {
  const [narrow, wide] = await Promise.all(['iiii', 'WWWW'].map((text) => drawText(engine, text)));
  return narrow!.width !== wide!.width;
}

const escapeMarkup = (text: string) =>
  text.replace(/[&<>]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[sign]!);
