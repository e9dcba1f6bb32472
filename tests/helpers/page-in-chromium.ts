/**
 * @module tests/helpers/page-in-chromium
 * The page for people, opened in Chromium: what the tests of it do and wait for.
 */
import type { Browser, Page } from 'playwright-core';
import { hasChromium, launchChromium, type OpenedPage, openPage } from './browser.ts';
import { type PageService, startPageService } from './page-service.ts';
import { petJpeg } from './pictures.ts';

/** Of {@link PageTests.photograph}. */
export const SIZE = { width: 1600, height: 1200 };

export interface PageTests {
  service: PageService;
  photograph: Buffer;
  /** URLs that the page asked for. */
  requests(): string[];
  /** Complaints of the console but those that Chromium makes of every status from 400 on, and of a lost connection. */
  complaints(): string[];
  /** Opens the page, or that of another service at `url`; an earlier one is closed, as all are after each test. */
  open(options?: Parameters<typeof openPage>[2] & { url?: string }): Promise<Page>;
}

/** Sets up browser and service around the tests of a file. What it returns is filled before the first test. */
export function setUpPageTests(): PageTests {
  const tests = {} as PageTests;
  let browser: Browser | undefined;
  let opened: OpenedPage | undefined;
  const close = async () => {
    await opened?.close();
    opened = undefined;
  };
  tests.requests = () => opened!.requests;
  tests.complaints = () => opened!.complaints.filter((text) => !text.startsWith('Failed to load resource'));
  tests.open = async ({ url = tests.service.url, ...options } = {}) => {
    await close();
    opened = await openPage(browser!, url, options);
    return opened.page;
  };
  beforeAll(async () => {
    if (!hasChromium) return;
    tests.service = await startPageService();
    browser = await launchChromium();
    tests.photograph = await petJpeg(SIZE);
  }, 60_000);
  afterEach(async () => {
    await close();
    tests.service?.reset();
  });
  afterAll(async () => {
    await browser?.close();
    await tests.service?.close();
  });
  return tests;
}

/** Gives the page a file, by the input with an id. */
export async function choose(
  page: Page,
  buffer: Buffer,
  { name = 'pet.jpg', id = 'choose' } = {},
): Promise<void> {
  await page.locator(`#${id}`).setInputFiles({ name, mimeType: 'image/jpeg', buffer });
}

/** Waits until the page says something, as a title or as an alert. */
export async function says(page: Page, text: string): Promise<void> {
  await page.locator('h2, h3, strong', { hasText: text }).waitFor();
}

/** The button that offers to try again. */
export const retryOf = (page: Page) => page.locator('#failure button');

/** Waits until all breeds can be chosen. */
export async function listsBreeds(page: Page): Promise<void> {
  await page.locator('#truth optgroup').first().waitFor({ state: 'attached' });
}
