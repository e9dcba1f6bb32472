/** Several photographs at once on the page for people, and the choice of a species, in Chromium. */
import type { Page } from 'playwright-core';
import { itInChromium } from '../helpers/browser.ts';
import { anAnswer, anUnsureAnswer, aProblem, takenFeedback, theBreeds } from '../helpers/page-answers.ts';
import { choose, listsBreeds, says, setUpPageTests } from '../helpers/page-in-chromium.ts';
import { eventually } from '../helpers/processes.ts';

const tests = setUpPageTests();

/** Gives the page so many photographs, called 1.jpg and so on; those of `broken` are none. */
async function chooseMany(page: Page, count: number, { broken = [] as number[] } = {}): Promise<void> {
  const files = Array.from({ length: count }, (_, index) => ({
    name: `${index + 1}.jpg`,
    mimeType: 'image/jpeg',
    buffer: broken.includes(index + 1) ? Buffer.from('no picture') : tests.photograph,
  }));
  await page.locator('#choose').setInputFiles(files);
}

const rowsOf = (page: Page) => page.locator('#pictures > li').allInnerTexts();
const sentTo = (route: string) => tests.service.received(route).length;

describe('several photographs', () => {
  itInChromium('are looked at one after the other, and listed in their order', async () => {
    tests.service.answer('POST classify', anAnswer(), anUnsureAnswer('unknown'), anUnsureAnswer('ambiguous'));
    const page = await tests.open();
    await chooseMany(page, 3);
    await says(page, '3 photographs');
    expect((await rowsOf(page)).map((text) => text.split(/\s*\n\s*/))).toEqual([
      ['1.jpg', 'Birman', '75 %'],
      ['2.jpg', 'None of the breeds it knows'],
      ['3.jpg', 'It can’t decide'],
    ]);
    expect(await page.locator('#pictures img:visible').count()).toBe(3);
    expect(await page.locator('#picture').isVisible()).toBe(false);
    expect(tests.complaints()).toEqual([]);
  });

  itInChromium('beyond sixteen are left out, and that is said', async () => {
    tests.service.answer('POST classify', anAnswer());
    const page = await tests.open();
    await chooseMany(page, 18);
    await says(page, '16 photographs');
    expect(await page.locator('#status').textContent()).toContain('2 were left out');
    expect(sentTo('POST classify')).toBe(16);
  });

  itInChromium('that fail cost no other its answer, and can be tried again', async () => {
    tests.service.answer('POST classify', aProblem(500), anAnswer());
    const page = await tests.open();
    await chooseMany(page, 3, { broken: [2] });
    await says(page, '1 of 3 photographs');
    const rows = page.locator('#pictures > li');
    expect(await rows.nth(0).textContent()).toContain('Something went wrong in the service');
    expect(await rows.nth(1).textContent()).toContain('That isn’t a photograph');
    expect(await rows.nth(1).getByRole('button').count()).toBe(0);
    await rows.nth(0).getByRole('button', { name: 'Try again' }).click();
    await rows.nth(0).locator('.name', { hasText: 'Birman' }).waitFor();
    expect(sentTo('POST classify')).toBe(3);
  });

  itInChromium('wait for a service that is busy', async () => {
    const busy = aProblem(429, { 'retry-after': '1' });
    tests.service.answer('POST classify', busy, anAnswer());
    const page = await tests.open();
    const start = performance.now();
    await chooseMany(page, 2);
    await says(page, '2 photographs');
    expect(performance.now() - start).toBeGreaterThan(990);
    expect(sentTo('POST classify')).toBe(3);
  });

  itInChromium('of which none has an answer are no success', async () => {
    const page = await tests.open();
    await chooseMany(page, 2, { broken: [1, 2] });
    await says(page, 'No photograph has an answer');
  });

  itInChromium('go on where they were once the service has its key', async () => {
    tests.service.answer('POST classify', anAnswer(), { status: 401 }, anAnswer());
    const page = await tests.open();
    await chooseMany(page, 3);
    await page.locator('#key').fill('a-key');
    await page.locator('#key').press('Enter');
    await says(page, '3 photographs');
    const keys = tests.service.received('POST classify').map(({ headers }) => headers['x-functions-key']);
    expect(keys).toEqual([undefined, undefined, 'a-key', 'a-key']);
  });

  itInChromium('are opened by keyboard one by one, and each can be corrected', async () => {
    tests.service.answer('GET breeds', theBreeds());
    tests.service.answer('POST feedback', takenFeedback({ pictureKept: false }));
    tests.service.answer('POST classify', anAnswer(), anAnswer({ requestId: 'the-second' }));
    const page = await tests.open();
    await chooseMany(page, 2);
    await says(page, '2 photographs');
    await page.locator('.row').nth(1).focus();
    await page.keyboard.press('Enter');
    await says(page, 'Birman');
    expect(await page.locator('#breeds li').count()).toBe(3);
    expect(await page.locator('#picture').isVisible()).toBe(true);
    expect(await page.locator('.row[aria-current]').count()).toBe(1);
    // The answer has the focus: the next stop is to say what is wrong.
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await listsBreeds(page);
    await page.locator('#truth').selectOption('beagle');
    await page.locator('#send').click();
    await says(page, 'Thank you');
    const [sent] = tests.service.received('POST feedback');
    expect(JSON.parse(sent!.body.toString())).toMatchObject({ requestId: 'the-second', label: 'beagle' });
    await page.locator('.row').first().click();
    await page.locator('#wrong').waitFor();
    expect(await page.locator('#thanks').textContent()).toBe('');
  });

  itInChromium('make way for the next', async () => {
    tests.service.answer(
      'POST classify',
      anAnswer(),
      { ...anUnsureAnswer('unknown'), delayMs: 10_000 },
      anAnswer(),
    );
    const page = await tests.open();
    await chooseMany(page, 5);
    await says(page, 'Looking at 2 of 5');
    // It says so before it asks: the answer that is late must be the one of the second photograph.
    await eventually(async () => (sentTo('POST classify') === 2 ? true : undefined));
    await choose(page, tests.photograph);
    await says(page, 'Birman');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await rowsOf(page)).toEqual([]);
    expect(await page.locator('#status h2').textContent()).toBe('Birman');
    expect(sentTo('POST classify')).toBe(3);
  });
});

describe('the species', () => {
  itInChromium('is asked for where one is chosen, and what it says of the rest is told', async () => {
    tests.service.answer('POST classify', anAnswer());
    tests.service.answer('POST classify?species=dog', anAnswer({ filter: { species: 'dog', share: 0.004 } }));
    const page = await tests.open();
    await choose(page, tests.photograph);
    await says(page, 'Birman');
    expect(await page.locator('#status').textContent()).not.toContain('Among');
    // What is there is asked about anew.
    await page.getByLabel('Dogs', { exact: true }).check();
    await page.locator('#status', { hasText: 'Among all breeds, dogs have under 1 % together.' }).waitFor();
    expect([sentTo('POST classify'), sentTo('POST classify?species=dog')]).toEqual([1, 1]);
    await page.getByLabel('All breeds').check();
    await page.locator('#status', { hasText: /^(?!.*Among).*Birman/s }).waitFor();
    expect(sentTo('POST classify')).toBe(2);
  });

  itInChromium('asks nothing while there is no photograph', async () => {
    const page = await tests.open();
    await page.getByLabel('Dogs', { exact: true }).check();
    expect(tests.requests()).toEqual([]);
    expect(await page.locator('#status').textContent()).toBe('');
  });
});

itInChromium('a service that asks for a token says so, and not for a key', async () => {
  tests.service.answer('POST classify', aProblem(401));
  const page = await tests.open();
  await choose(page, tests.photograph);
  await says(page, 'This service asks you to sign in');
  expect(await page.locator('#key').isVisible()).toBe(false);
});
