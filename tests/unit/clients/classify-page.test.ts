/** The page that `npm run classify -- --html` writes, as text and in Chromium. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import sharp from 'sharp';
import { formatPage } from '../../../scripts/classify/page.ts';
import type { Row } from '../../../scripts/classify/row.ts';
import { makeThumbnail, shrinkToSend } from '../../../scripts/classify/small-picture.ts';
import {
  findFaults,
  hasChromium,
  itInChromium,
  launchChromium,
  openPage,
  sidewaysScroll,
} from '../../helpers/browser.ts';
import { petJpeg, petStoredAs } from '../../helpers/pictures.ts';
import { anAnswer } from './answers.ts';

const HOSTILE = '<img src=x onerror=alert(1)>".jpg';

async function rowsToShow(): Promise<Row[]> {
  const thumbnail = await makeThumbnail(await petJpeg());
  const version = '20261125T081500Z-1c9f00aa';
  return [
    { name: 'sure.jpg', result: { answer: anAnswer(), version }, thumbnail },
    {
      name: `${'long'.repeat(40)}.jpg`,
      result: { answer: anAnswer({ reason: 'unknown' }), version },
      thumbnail,
    },
    { name: HOSTILE, result: { answer: anAnswer({ reason: 'ambiguous' }), version }, thumbnail },
    { name: 'phone.heic', result: { fault: 'HEIC is not read. <b>Convert</b> it to JPEG.' } },
  ];
}

test('names and reasons are text, whatever is in them, and the date is said', async () => {
  const page = formatPage(await rowsToShow(), { at: new Date('2026-11-25T10:00:00Z') });
  expect(page).not.toContain('<img src=x');
  expect(page).not.toContain('<b>');
  expect(page).toContain('&lt;b&gt;Convert');
  expect(page).toContain('2026-11-25 by model 20261125T081500Z-1c9f00aa: 3 answered (2 unsure), 1 failed.');
});

test('a thumbnail is small, upright and without what its camera wrote; what is no picture has none', async () => {
  const thumbnail = await makeThumbnail(await petStoredAs(6, { width: 3000, height: 2000 }, 'jpeg'));
  expect(thumbnail!.byteLength).toBeLessThan(40_000);
  const { width, height, format, exif } = await sharp(thumbnail).metadata();
  expect([width, height, format, exif]).toEqual([320, 213, 'jpeg', undefined]);
  await expect(makeThumbnail(Buffer.from('no picture'))).resolves.toBeUndefined();
});

test('only a photograph that the service would not take is made smaller before it is sent', async () => {
  const noise = sharp(randomBytes(2000 * 1900 * 3), { raw: { width: 2000, height: 1900, channels: 3 } });
  const large = new Uint8Array(await noise.png({ compressionLevel: 0 }).toBuffer());
  expect(large.byteLength).toBeGreaterThan(10 * 1024 * 1024);
  const { width, height, format } = await sharp((await shrinkToSend(large)) as Uint8Array).metadata();
  expect([width, height, format]).toEqual([1024, 973, 'jpeg']);
  const small = new Uint8Array(await petJpeg());
  await expect(shrinkToSend(small)).resolves.toBe(small);
});

describe('in Chromium', () => {
  let browser: Browser | undefined;
  let folder: string;
  let url: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'pawprint-page-'));
    const path = join(folder, 'page.html');
    writeFileSync(path, formatPage(await rowsToShow()));
    url = pathToFileURL(path).href;
    if (hasChromium) browser = await launchChromium();
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  itInChromium.each([
    [360, 'light'],
    [360, 'dark'],
    [1280, 'light'],
    [1280, 'dark'],
  ] as const)(
    '%d pixels wide, %s: axe finds nothing, nothing is asked for, nothing sticks out',
    async (width, scheme) => {
      const opened = await openPage(browser!, url, { width, scheme });
      const shown = await opened.page.evaluate(
        '[...document.images].map((image) => image.complete && image.naturalWidth)',
      );
      expect(shown).toEqual([320, 320, 320]);
      await expect(findFaults(opened.page)).resolves.toEqual([]);
      await expect(sidewaysScroll(opened.page)).resolves.toBe(0);
      expect(opened.complaints).toEqual([]);
      expect(opened.requests).toEqual([]);
      await opened.close();
    },
  );
});
