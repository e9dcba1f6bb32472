/**
 * @module tests/helpers/browser
 * Debian's Chromium through Playwright: pages are opened, listened to and checked by axe.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { CHROMIUM } from '../../scripts/browser/install.ts';

export const hasChromium = existsSync(CHROMIUM);

/** `it`, or a skipped one whose name says what is missing. */
export const itInChromium: jest.It = hasChromium ? it : skipWithReason();

function skipWithReason(): jest.It {
  const withReason = (name: string) => `${name} (there is no ${CHROMIUM}: npm run setup:browser)`;
  const skip = (name: string, test: jest.ProvidesCallback) => it.skip(withReason(name), test);
  const each = (table: readonly unknown[]) => (name: string, test: () => void) =>
    it.skip.each(table)(withReason(name), test);
  return Object.assign(skip, { each }) as jest.It;
}

export type ColourScheme = 'light' | 'dark';

export interface OpenedPage {
  page: Page;
  /** Errors and warnings of the console, and errors that nobody caught. */
  complaints: string[];
  /** URLs that the page asked for, besides itself. */
  requests: string[];
  close(): Promise<void>;
}

/** Starts the browser. Close it in `afterAll`. */
export async function launchChromium(): Promise<Browser> {
  const { chromium } = await import('playwright-core');
  return chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
}

/** Opens `url` in a window of its own, `width` CSS pixels wide. */
export async function openPage(
  browser: Browser,
  url: string,
  {
    width = 1280,
    height = 900,
    scheme = 'light',
    isPhone = false,
    before = '',
  }: {
    width?: number;
    height?: number;
    scheme?: ColourScheme;
    /** A screen to touch, in place of a mouse. */
    isPhone?: boolean;
    /** Script that runs before the page's own. */
    before?: string;
  } = {},
): Promise<OpenedPage> {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: scheme,
    isMobile: isPhone,
    hasTouch: isPhone,
  });
  const page = await context.newPage();
  await page.addInitScript(before);
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    const asked = request.url();
    if (asked !== url && !asked.startsWith('data:')) requests.push(asked);
  });
  await page.goto(url);
  return { page, complaints, requests, close: () => context.close() };
}

/** What axe finds: one line for each element at fault. */
export async function findFaults(page: Page): Promise<string[]> {
  // evaluate() runs through the debugger, to which a Content-Security-Policy doesn't apply; a script tag would be refused.
  await page.evaluate(readFileSync(join(packageFolder('axe-core'), 'axe.min.js'), 'utf8'));
  const { violations } = (await page.evaluate('axe.run(document, { resultTypes: ["violations"] })')) as {
    violations: { id: string; help: string; nodes: { html: string; failureSummary?: string }[] }[];
  };
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${help}\n${html.slice(0, 200)}\n${failureSummary ?? ''}`),
  );
}

/** Pixels by which the page as a whole can be scrolled sideways. */
export async function sidewaysScroll(page: Page): Promise<number> {
  return (await page.evaluate(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  )) as number;
}

function packageFolder(name: string): string {
  return join(createRequire(__filename).resolve(`${name}/package.json`), '..');
}
