/** What the page for people makes of answers and refusals of the service, in Chromium: bars, words, keys, feedback. */
import type { Page } from 'playwright-core';
import { feedbackFormSchema, feedbackRequestSchema } from '../../functions/contract/feedback.ts';
import { parseForm } from '../../functions/http/multipart.ts';
import { findFaults, itInChromium } from '../helpers/browser.ts';
import {
  anAnswer,
  anUnsureAnswer,
  aProblem,
  BREEDS,
  FEEDBACK_ID,
  REQUEST_ID,
  takenFeedback,
  theBreeds,
} from '../helpers/page-answers.ts';
import { choose, listsBreeds, retryOf, says, setUpPageTests } from '../helpers/page-in-chromium.ts';

const KEY = 'a-key-of-the-test';

const tests = setUpPageTests();

describe('what is shown', () => {
  itInChromium('are three bars with names and scores, of the last photograph only', async () => {
    tests.service.answer('POST classify', { ...anUnsureAnswer('unknown'), delayMs: 1500 }, anAnswer());
    const page = await tests.open();
    await choose(page, tests.photograph);
    await page.locator('h2', { hasText: 'Looking at' }).waitFor();
    await choose(page, tests.photograph);
    await says(page, 'Birman');
    await page.waitForTimeout(2000);
    const rows = await page.locator('#breeds li').allInnerTexts();
    expect(rows.map((row) => row.replace(/\s+/g, ' ').trim())).toEqual([
      'Birman cat 75 %',
      'Siamese cat 20 %',
      'Egyptian Mau cat under 1 %',
    ]);
    const widths = (await page.evaluate(
      "[...document.querySelectorAll('.bar')].map((bar) => bar.offsetWidth / bar.parentElement.offsetWidth)",
    )) as number[];
    expect(widths[0]).toBeCloseTo(0.754, 2);
    expect(widths[1]).toBeCloseTo(0.196, 2);
  });

  itInChromium('says what it is unsure of', async () => {
    tests.service.answer('POST classify', anUnsureAnswer('unknown'), anUnsureAnswer('ambiguous'));
    const page = await tests.open();
    await choose(page, tests.photograph);
    await says(page, 'None of the breeds it knows');
    await choose(page, tests.photograph);
    await says(page, 'It can’t decide');
  });

  itInChromium('is text, whatever a breed is called', async () => {
    const name = '<img src=x onerror=alert(1)>';
    tests.service.answer('POST classify', anAnswer({ predictions: [{ ...BREEDS[0], name, score: 1 }] }));
    const page = await tests.open();
    await choose(page, tests.photograph);
    await says(page, name);
    expect(await page.locator('img[src="x"]').count()).toBe(0);
  });
});

describe('a key', () => {
  itInChromium('is asked for after a 401 only, sent from then on, and kept in this tab', async () => {
    tests.service.answer('POST classify', { status: 401 }, { status: 401 }, anAnswer());
    tests.service.answer('GET breeds', theBreeds());
    tests.service.answer('POST feedback', takenFeedback({ pictureKept: false }));
    const page = await tests.open();
    const input = page.locator('#key');
    expect(await input.isVisible()).toBe(false);
    await choose(page, tests.photograph);
    await input.waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('key');
    await input.fill('wrong');
    await input.press('Enter');
    await page.locator('#key-hint', { hasText: 'didn’t accept' }).waitFor();
    await input.fill(KEY);
    await input.press('Enter');
    await says(page, 'Birman');
    await correct(page, { consent: false });
    const keys = ['POST classify', 'POST feedback'].flatMap((route) =>
      tests.service.received(route).map(({ headers }) => headers['x-functions-key']),
    );
    expect(keys).toEqual([undefined, 'wrong', KEY, KEY]);
    expect(await page.evaluate('[...Object.values(sessionStorage), localStorage.length]')).toEqual([KEY, 0]);
    await page.reload();
    await choose(page, tests.photograph);
    await says(page, 'Birman');
    expect(tests.service.received('POST classify').at(-1)!.headers['x-functions-key']).toBe(KEY);
  });
});

describe('an error', () => {
  const table: [status: number, words: string, mayRetry: boolean][] = [
    [400, 'The service can’t take this', false],
    [413, 'The photograph is too large', false],
    [415, 'This kind of file can’t be read', false],
    [422, 'The photograph is damaged', false],
    [500, 'Something went wrong in the service', true],
    [503, 'The service isn’t ready', true],
    [504, 'That took too long', true],
    [0, 'The service can’t be reached', true],
  ];
  itInChromium('is told in plain words, with a way to try again where that helps', async () => {
    const page = await tests.open();
    for (const [status, words, mayRetry] of table) {
      tests.service.answer('POST classify', status === 0 ? { status } : aProblem(status));
      await choose(page, tests.photograph);
      await says(page, words);
      expect([status, await retryOf(page).isVisible()]).toEqual([status, mayRetry]);
      const text = await page.locator('#failure').textContent();
      expect([status, text!.includes(REQUEST_ID)]).toEqual([status, status >= 500]);
    }
    expect(tests.complaints()).toEqual([]);
  });

  itInChromium('429 is tried again no sooner than Retry-After says', async () => {
    tests.service.answer('POST classify', aProblem(429, { 'retry-after': '2' }), anAnswer());
    const page = await tests.open();
    await choose(page, tests.photograph);
    await says(page, 'The service is busy');
    expect(await page.locator('#failure').textContent()).toContain('Try again in 2 seconds.');
    // Playwright itself would wait for it.
    await retryOf(page).click({ force: true });
    expect(tests.service.received('POST classify')).toHaveLength(1);
    await page.locator('#failure button[aria-disabled=false]').click();
    await says(page, 'Birman');
    const [first, second] = tests.service.received('POST classify');
    expect(second!.body.equals(first!.body)).toBe(true);
  });

  itInChromium('is what a network that asks to sign in answers', async () => {
    tests.service.answer('POST classify', { body: undefined, headers: { 'content-type': 'text/html' } });
    const page = await tests.open();
    await choose(page, tests.photograph);
    await says(page, 'Something else answered');
  });
});

/** Says that it is an Egyptian Mau, by keyboard alone. */
async function correct(page: Page, { consent }: { consent: boolean }): Promise<void> {
  await page.locator('summary').press('Enter');
  await listsBreeds(page);
  for (const key of ['Tab', 'E', 'g', 'Tab', ...(consent ? ['Space'] : []), 'Tab', 'Enter']) {
    await page.keyboard.press(key);
  }
  await says(page, 'Thank you');
}

describe('"that’s wrong, it is …"', () => {
  beforeEach(() => {
    tests.service?.answer('POST classify', anAnswer());
    tests.service?.answer('GET breeds', theBreeds());
  });
  const feedback = { requestId: REQUEST_ID, label: 'Egyptian_Mau', version: '20261125T083516Z-f98d3c55' };

  itInChromium('lists every breed, and what is none of them', async () => {
    const page = await tests.open();
    await choose(page, tests.photograph);
    await page.locator('summary').click();
    await listsBreeds(page);
    const values = await page.evaluate(
      '[...document.querySelectorAll("#truth option")].map(({ value }) => value)',
    );
    expect((values as string[]).toSorted()).toEqual(
      ['', ...BREEDS.map(({ breed }) => breed), 'other', 'not a pet'].toSorted(),
    );
    await page.locator('#send').click();
    expect(tests.service.received('POST feedback')).toEqual([]);
  });

  itInChromium('sends no photograph without consent, by keyboard alone', async () => {
    tests.service.answer('POST feedback', takenFeedback({ pictureKept: false }));
    const page = await tests.open();
    await choose(page, tests.photograph);
    await says(page, 'Birman');
    await correct(page, { consent: false });
    const { body, headers } = tests.service.received('POST feedback')[0]!;
    expect(headers['content-type']).toBe('application/json');
    expect(feedbackRequestSchema.parse(JSON.parse(body.toString()))).toEqual(feedback);
    expect(await page.evaluate('document.activeElement.id')).toBe('thanks');
  });

  itInChromium(
    'asks for the breeds again when they could not be listed, and for a key where it is missing',
    async () => {
      tests.service.answer('GET breeds', aProblem(503, { 'retry-after': '1' }), theBreeds());
      tests.service.answer('POST feedback', { status: 401 }, takenFeedback({ pictureKept: false }));
      const page = await tests.open();
      await choose(page, tests.photograph);
      await page.locator('summary').click();
      await says(page, 'The service isn’t ready');
      expect(await findFaults(page)).toEqual([]);
      await page.locator('#feedback-failure button[aria-disabled=false]').click();
      await listsBreeds(page);
      await page.locator('#truth').selectOption('not a pet');
      await page.locator('#send').click();
      await page.locator('#key').fill(KEY);
      await page.locator('#key').press('Enter');
      await says(page, 'Thank you');
      expect(tests.service.received('POST feedback')[1]!.headers['x-functions-key']).toBe(KEY);
    },
  );

  itInChromium('with consent sends what was looked at, and takes it back', async () => {
    tests.service.answer(
      'POST feedback',
      aProblem(503, { 'retry-after': '1' }),
      takenFeedback({ pictureKept: true }),
    );
    tests.service.answer(`DELETE feedback/${FEEDBACK_ID}`, { status: 204 });
    const page = await tests.open();
    await choose(page, tests.photograph);
    await says(page, 'Birman');
    await page.locator('summary').click();
    await listsBreeds(page);
    await page.locator('#truth').selectOption('Egyptian_Mau');
    await page.locator('#consent').check();
    await page.locator('#send').click();
    await page.locator('#feedback-failure button[aria-disabled=false]').click();
    await says(page, 'Thank you');
    expect(await page.locator('#thanks').textContent()).toContain('The photograph was kept');
    const { body, headers } = tests.service.received('POST feedback')[1]!;
    const { files, fields } = await parseForm(body, headers['content-type']!);
    expect(feedbackFormSchema.parse(Object.fromEntries(fields))).toEqual({ ...feedback, consent: 'true' });
    expect(files.map(({ content }) => Buffer.from(content))).toEqual([
      tests.service.received('POST classify')[0]!.body,
    ]);
    await page.locator('#thanks button').click();
    await says(page, 'Taken back');
    expect(tests.service.received(`DELETE feedback/${FEEDBACK_ID}`)).toHaveLength(1);
  });
});
