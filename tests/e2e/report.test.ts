/**
 * The report as people open it: in Chromium, from a file, with no network.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import {
  findFaults,
  hasChromium,
  itInChromium,
  launchChromium,
  type OpenedPage,
  openPage,
  sidewaysScroll,
} from '../helpers/browser.ts';
import { runNode, stopAll } from '../helpers/processes.ts';
import { HOSTILE_NAME } from '../helpers/report-input.ts';

let folder: string;
let url: string;
let html: string;
let withoutPictures: string;
let browser: Browser | undefined;

async function render(name: string, ...words: string[]): Promise<string> {
  const place = join(folder, name);
  mkdirSync(place);
  await runNode(['tests/helpers/render-report.ts', place, ...words]);
  return join(place, 'report.html');
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pawprint-report-'));
  const path = await render('on');
  url = pathToFileURL(path).href;
  html = readFileSync(path, 'utf8');
  withoutPictures = readFileSync(await render('off', 'off'), 'utf8');
  if (hasChromium) browser = await launchChromium();
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await stopAll();
  rmSync(folder, { recursive: true, force: true });
});

const opened: OpenedPage[] = [];
async function open(options: Parameters<typeof openPage>[2] = {}): Promise<OpenedPage> {
  const page = await openPage(browser!, url, options);
  opened.push(page);
  return page;
}
afterEach(async () => {
  for (const page of opened.splice(0)) await page.close();
});

describe('report.html', () => {
  it('has no script and points at nothing outside itself', () => {
    expect(html).not.toMatch(/<script/i);
    // What remains are the name of the SVG namespace and anchors of the page.
    const targets = [...html.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, target]) => target!);
    expect(targets.filter((target) => !/^(#|data:)/.test(target))).toEqual([]);
    expect(
      html.match(/https?:\/\/[^"]*/g)?.filter((found) => found !== 'http://www.w3.org/2000/svg'),
    ).toEqual([]);
  });

  it('has pictures, and with --report-pictures off none of them', () => {
    expect(html).toContain('data:image/jpeg;base64,');
    expect(withoutPictures).not.toContain('data:image/jpeg');
    expect(withoutPictures).toContain('The worst mistakes');
  });

  itInChromium('opens without a complaint and asks for nothing', async () => {
    const { page, complaints, requests } = await open();
    expect(await page.title()).toBe('Training report: tiny <base>, 6 breeds');
    expect(complaints).toEqual([]);
    expect(requests).toEqual([]);
  });

  // Cases of data sets from elsewhere: anything may stand in the name of a file.
  itInChromium('shows names of files as text, whatever is in them', async () => {
    const { page } = await open();
    expect(await page.locator('main').textContent()).toContain(HOSTILE_NAME);
    expect(await page.locator('img[src="x"]').count()).toBe(0);
  });

  itInChromium('gives each plot a title and a description of its own', async () => {
    const { page } = await open();
    const names = (await page.evaluate(`[...document.querySelectorAll('figure svg')].map((plot) =>
      plot.getAttribute('aria-labelledby').split(' ').map((id) => document.querySelectorAll('#' + id).length).join())`)) as string[];
    expect(names.length).toBeGreaterThanOrEqual(9);
    expect(new Set(names)).toEqual(new Set(['1,1']));
    const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  for (const scheme of ['light', 'dark'] as const) {
    for (const width of [360, 1280]) {
      itInChromium(`has no fault that axe finds, in ${scheme} mode at ${width} pixels`, async () => {
        const { page, complaints } = await open({ width, scheme });
        expect(await findFaults(page)).toEqual([]);
        expect(await sidewaysScroll(page)).toBe(0);
        expect(complaints).toEqual([]);
      });
    }
  }

  itInChromium('keeps the text of its plots legible at 360 pixels', async () => {
    const { page } = await open({ width: 360 });
    const scales = (await page.evaluate(`[...document.querySelectorAll('figure svg')].map((plot) =>
      plot.getBoundingClientRect().width / plot.viewBox.baseVal.width)`)) as number[];
    expect(scales.length).toBeGreaterThanOrEqual(9);
    // 11 pixels as drawn; under 9 it would be hard to read.
    expect(Math.min(...scales)).toBeGreaterThan(9 / 11);
  });

  itInChromium('cuts nothing off on paper', async () => {
    const { page } = await open({ width: 700 });
    await page.emulateMedia({ media: 'print' });
    const hidden = await page.evaluate(`[...document.querySelectorAll('.scroll')]
      .filter((frame) => getComputedStyle(frame).overflowX !== 'visible').length`);
    expect(hidden).toBe(0);
  });
});

itInChromium('axe finds the fault of a page that has one', async () => {
  const { page } = await open();
  await page.evaluate('document.querySelector("img").removeAttribute("alt")');
  expect((await findFaults(page)).join()).toContain('image-alt');
});
