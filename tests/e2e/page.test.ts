/** The page for people as a whole, in Chromium: every state of it looked at by axe, its policy, and the real service below. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { type AppHost, startAppHost } from '../helpers/app-host.ts';
import { findFaults, hasChromium, itInChromium, sidewaysScroll } from '../helpers/browser.ts';
import { anAnswer, anUnsureAnswer, aProblem, takenFeedback, theBreeds } from '../helpers/page-answers.ts';
import { choose, listsBreeds, says, setUpPageTests } from '../helpers/page-in-chromium.ts';
import { aFloat32Version, pushTiny } from '../helpers/push-tiny.ts';
import { TINY_LABELS } from '../helpers/tiny-version.ts';

/** A folder for screenshots, for people to look at. */
const SCREENSHOTS = process.env.PAGE_SCREENSHOTS;

const tests = setUpPageTests();

describe('the page', () => {
  for (const width of [360, 1280]) {
    for (const scheme of ['light', 'dark'] as const) {
      itInChromium(
        `has no fault that axe finds in any state, ${scheme} at ${width} pixels`,
        async () => {
          const page = await tests.open({ width, scheme, isPhone: width === 360, height: 1200 });
          await walk(page, async (state) => {
            const faults = await findFaults(page);
            expect([state, faults]).toEqual([state, []]);
            expect([state, await sidewaysScroll(page)]).toEqual([state, 0]);
            if (SCREENSHOTS === undefined) return;
            mkdirSync(SCREENSHOTS, { recursive: true });
            const path = join(SCREENSHOTS, `${width}-${scheme}-${state}.png`);
            // Not of the full page: that would take the touch screen away.
            await page.screenshot({ path });
          });
          expect(tests.complaints()).toEqual([]);
          // Axe goes through thirteen states.
        },
        120_000,
      );
    }
  }

  itInChromium('lets nothing but itself run, and asks nobody else', async () => {
    tests.service.answer('POST classify', anAnswer());
    const response = await fetch(tests.service.url);
    const policy = response.headers.get('content-security-policy')!;
    expect(policy).toMatch(/^default-src 'none'; script-src 'nonce-[\w+/=]{24}'; style-src 'nonce-/);
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    const html = await response.text();
    const targets = [...html.matchAll(/\s(?:href|src)="([^"]*)"/g)].map(([, target]) => target);
    expect(targets).toEqual(['data:,', 'docs']);
    const page = await tests.open();
    await choose(page, tests.photograph);
    await says(page, 'Birman');
    const { origin } = new URL(tests.service.url);
    expect(tests.requests().filter((url) => !url.replace(/^blob:/, '').startsWith(origin))).toEqual([]);
    expect(tests.complaints()).toEqual([]);
    await page.evaluate(`{
      const script = document.createElement('script');
      try { script.textContent = 'globalThis.hasRun = true'; } catch {}
      document.body.append(script);
    }`);
    expect(await page.evaluate('globalThis.hasRun')).toBeUndefined();
    expect(tests.complaints().length).toBeGreaterThan(0);
  });

  itInChromium('keeps nothing: no worker, no cache, no store', async () => {
    const page = await tests.open();
    expect(
      await page.evaluate(
        '(async () => [(await navigator.serviceWorker.getRegistrations()).length, (await caches.keys()).length, localStorage.length, sessionStorage.length])()',
      ),
    ).toEqual([0, 0, 0, 0]);
  });
});

/** Goes through every state of the page. */
async function walk(page: Page, look: (state: string) => Promise<void>): Promise<void> {
  tests.service.answer('GET breeds', theBreeds());
  tests.service.answer('POST feedback', takenFeedback({ pictureKept: true }));
  await look('1-empty');
  tests.service.answer('POST classify', { ...anAnswer(), delayMs: 1000 });
  await choose(page, tests.photograph);
  await says(page, 'Looking at');
  await look('2-looking');
  await says(page, 'Birman');
  await look('3-answer');
  tests.service.answer('POST classify', { status: 401 }, { status: 401 }, anUnsureAnswer('ambiguous'));
  await choose(page, tests.photograph);
  await page.locator('#key').waitFor();
  await look('4-key');
  await page.locator('#key').fill('a-key');
  await page.locator('#key').press('Enter');
  await page.locator('#key-hint', { hasText: 'didn’t accept' }).waitFor();
  await look('5-key-refused');
  await page.locator('#key').press('Enter');
  await says(page, 'It can’t decide');
  await page.locator('summary').click();
  await listsBreeds(page);
  await page.locator('#truth').selectOption('beagle');
  await look('6-unsure-correcting');
  await page.locator('#send').click();
  await says(page, 'Thank you');
  await look('7-thanks');
  tests.service.answer(
    'POST classify',
    anUnsureAnswer('unknown'),
    aProblem(429, { 'retry-after': '90' }),
    aProblem(500),
  );
  await choose(page, tests.photograph);
  await says(page, 'None of the breeds');
  await look('8-unknown');
  await choose(page, tests.photograph);
  await says(page, 'The service is busy');
  await look('9-busy');
  await choose(page, tests.photograph);
  await says(page, 'Something went wrong');
  await look('10-error');
  const ofCats = anAnswer({ filter: { species: 'cat', share: 0.93 } });
  tests.service.answer(
    'POST classify?species=cat',
    ofCats,
    { ...ofCats, delayMs: 2000 },
    anUnsureAnswer('ambiguous'),
    aProblem(500),
  );
  // The photograph that is there is asked about anew.
  await page.getByLabel('Cats', { exact: true }).check();
  await says(page, 'Birman');
  const buffer = tests.photograph;
  const text = {
    name: 'a-letter-with-a-name-that-is-much-too-long-for-a-phone.jpg',
    mimeType: 'image/jpeg',
    buffer: Buffer.from('x'),
  };
  const files = ['tom.jpg', 'felix.jpg', 'kitty.jpg'].map((name) => ({
    name,
    mimeType: 'image/jpeg',
    buffer,
  }));
  await page.locator('#choose').setInputFiles([...files, text]);
  await says(page, 'Looking at 1 of 4');
  await look('11-several-looking');
  await says(page, '2 of 4 photographs');
  await look('12-several');
  await page.locator('.row').first().click();
  await says(page, 'Birman');
  await look('13-one-of-several');
}

describe('above the service itself', () => {
  let host: AppHost;
  beforeAll(async () => {
    if (!hasChromium) return;
    host = await startAppHost();
    await pushTiny(host.storage, await aFloat32Version());
    await host.ready();
  }, 120_000);
  afterAll(() => host?.stop());

  itInChromium('shows what its model answers, and tells it what was wrong', async () => {
    const page = await tests.open({ url: `${host.url}/api/app` });
    await choose(page, tests.photograph);
    await page.locator('#breeds li').nth(2).waitFor();
    await page.locator('summary').click();
    await listsBreeds(page);
    const { name } = TINY_LABELS.at(-1)!;
    await page.locator('#truth').selectOption(name);
    await page.locator('#consent').check();
    await page.locator('#send').click();
    await says(page, 'Thank you');
    expect(await page.locator('#thanks').textContent()).toContain('The photograph was kept');
    const kept = await host.storage.list('feedback');
    expect(kept.map((path) => path.replace(/^.*\./, '')).sort()).toEqual(['jpg', 'json']);
    const record = await host.storage.read('feedback', kept.find((path) => path.endsWith('json'))!);
    expect(JSON.parse(Buffer.from(record.bytes).toString())).toMatchObject({ label: name });
    await page.locator('#thanks button').click();
    await says(page, 'Taken back');
    expect(await host.storage.list('feedback')).toEqual([]);
    expect(tests.complaints()).toEqual([]);
  });
});
