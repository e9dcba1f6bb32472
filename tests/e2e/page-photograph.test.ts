/** How a photograph gets into the page for people, in Chromium, and what the page makes of it before it is sent. */
import sharp from 'sharp';
import { findFaults, itInChromium } from '../helpers/browser.ts';
import { anAnswer, aProblem } from '../helpers/page-answers.ts';
import { choose, retryOf, SIZE, says, setUpPageTests } from '../helpers/page-in-chromium.ts';
import { heifHeader, pet, petJpeg, petStoredAs, plain } from '../helpers/pictures.ts';

const tests = setUpPageTests();

describe('what is sent', () => {
  itInChromium('is upright, at most 1,024 pixels long, and without EXIF', async () => {
    tests.service.answer('POST classify', anAnswer());
    const page = await tests.open();
    await choose(page, await petStoredAs(6, SIZE, 'jpeg'));
    await says(page, 'Birman');
    const [sent] = tests.service.received('POST classify');
    expect(sent!.headers['content-type']).toBe('image/jpeg');
    const { format, width, height, orientation, exif } = await sharp(sent!.body).metadata();
    expect({ format, width, height }).toEqual({ format: 'jpeg', width: 1024, height: 768 });
    expect({ orientation, exif }).toEqual({ orientation: undefined, exif: undefined });
    expect(await difference(sent!.body, await pet(SIZE).resize(1024, 768).png().toBuffer())).toBeLessThan(3);
  });

  itInChromium('has white where the photograph was transparent, and is not enlarged', async () => {
    tests.service.answer('POST classify', anAnswer());
    const page = await tests.open();
    const clear = plain([10, 200, 30], { width: 50, height: 40 }).ensureAlpha(0);
    await choose(page, await clear.png().toBuffer(), { name: 'clear.png' });
    await says(page, 'Birman');
    const { body } = tests.service.received('POST classify')[0]!;
    expect(await sharp(body).metadata()).toMatchObject({ width: 50, height: 40 });
    expect(
      await difference(body, await plain([255, 255, 255], { width: 50, height: 40 }).png().toBuffer()),
    ).toBe(0);
  });

  // Field case 4: a HEIC called .jpg.
  itInChromium('is no HEIC where the browser has none: the page says what to do', async () => {
    const page = await tests.open();
    await choose(page, heifHeader('heic', ['mif1', 'heic']));
    await says(page, 'This browser can’t open HEIC');
    expect(await page.locator('#failure').textContent()).toContain('Most Compatible');
    expect(await retryOf(page).isVisible()).toBe(false);
    expect(tests.service.received('POST classify')).toEqual([]);
    expect(await findFaults(page)).toEqual([]);
  });

  // Chromium opens no HEIC; Safari does, in either of two ways.
  const opensHeic = (way: 'bitmap' | 'element') => `{
    const canvas = document.createElement('canvas');
    canvas.width = 1200;
    canvas.height = 2400;
    const real = createImageBitmap;
    globalThis.createImageBitmap = async (source, options) => {
      if (${way === 'element'}) throw new DOMException('', 'InvalidStateError');
      return real(canvas, options);
    };
    const decode = Image.prototype.decode;
    Image.prototype.decode = async function () {
      if (!this.hasAttribute('id')) this.src = canvas.toDataURL('image/png');
      return decode.call(this);
    };
  }`;
  for (const way of ['bitmap', 'element'] as const) {
    itInChromium(`is a JPEG of a HEIC that the browser opens as ${way}`, async () => {
      tests.service.answer('POST classify', anAnswer());
      const page = await tests.open({ before: opensHeic(way) });
      await choose(page, heifHeader('heic', ['mif1', 'heic']), { name: 'IMG_1.HEIC' });
      await says(page, 'Birman');
      const sent = await sharp(tests.service.received('POST classify')[0]!.body).metadata();
      expect(sent).toMatchObject({ format: 'jpeg', width: 512, height: 1024 });
    });
  }

  itInChromium('is the file itself when only the service may be able to open it', async () => {
    tests.service.answer('POST classify', aProblem(422));
    const page = await tests.open();
    const damaged = tests.photograph.subarray(0, 300);
    await choose(page, damaged);
    await says(page, 'The photograph is damaged');
    expect(tests.service.received('POST classify')[0]!.body.equals(damaged)).toBe(true);
    expect(await page.locator('#picture').isVisible()).toBe(false);
  });

  const unsendable: [title: string, content: () => Buffer, words: string][] = [
    ['a text called .jpg', () => Buffer.from('no picture'), 'That isn’t a photograph'],
    ['an empty file', () => Buffer.alloc(0), 'The file is empty'],
    [
      '11 MB that can’t be opened',
      () => Buffer.alloc(11e6, 1).fill('\xff\xd8\xff', 0, 3, 'latin1'),
      'The photograph is too large',
    ],
  ];
  for (const [title, content, words] of unsendable) {
    itInChromium(`is nothing of ${title}`, async () => {
      const page = await tests.open();
      await choose(page, content());
      await says(page, words);
      expect(tests.service.received('POST classify')).toEqual([]);
    });
  }
});

/** Mean difference of two pictures, by value, from 0 to 255. */
async function difference(a: Buffer, b: Buffer): Promise<number> {
  const [left, right] = await Promise.all([a, b].map((one) => sharp(one).removeAlpha().raw().toBuffer()));
  expect(left!.length).toBe(right!.length);
  return left!.reduce((sum, value, i) => sum + Math.abs(value - right![i]!), 0) / left!.length;
}

describe('ways in', () => {
  const event = (type: 'paste' | 'drop', fill: string) => `{
    const data = new DataTransfer();
    ${fill};
    const options = { bubbles: true, cancelable: true };
    const event = ${type === 'paste' ? "new ClipboardEvent('paste', { ...options, clipboardData: data })" : "new DragEvent('drop', { ...options, dataTransfer: data })"};
    document.querySelector('main').dispatchEvent(event);
  }`;
  const file = (bytes: Buffer) =>
    `data.items.add(new File([Uint8Array.from(atob('${bytes.toString('base64')}'), (c) => c.charCodeAt(0))], 'x', { type: 'image/jpeg' }))`;

  for (const type of ['paste', 'drop'] as const) {
    itInChromium(`a photograph comes by ${type}`, async () => {
      tests.service.answer('POST classify', anAnswer());
      const page = await tests.open();
      await page.evaluate(event(type, file(await petJpeg())));
      await says(page, 'Birman');
      expect(await page.locator('#picture').isVisible()).toBe(true);
    });

    itInChromium(`a ${type} without a file is told`, async () => {
      const page = await tests.open();
      await page.evaluate(event(type, "data.setData('text/plain', 'an address')"));
      await says(page, type === 'drop' ? 'That isn’t a file' : 'There is no picture to paste');
    });
  }

  itInChromium('of two files that are dropped both are looked at, in their order', async () => {
    tests.service.answer('POST classify', anAnswer());
    const page = await tests.open();
    const bytes = await petJpeg({ width: 60, height: 40 });
    await page.evaluate(event('drop', `${file(bytes)}; ${file(await petJpeg())}`));
    await says(page, '2 photographs');
    const sent = tests.service.received('POST classify');
    expect(sent).toHaveLength(2);
    expect((await sharp(sent[0]!.body).metadata()).width).toBe(60);
  });

  itInChromium('a phone has its camera, a desktop has not', async () => {
    tests.service.answer('POST classify', anAnswer());
    const phone = await tests.open({ width: 360, isPhone: true });
    const button = phone.locator('.camera');
    expect(await button.isVisible()).toBe(true);
    expect(await phone.locator('#take').getAttribute('capture')).toBe('environment');
    await choose(phone, tests.photograph, { id: 'take' });
    await says(phone, 'Birman');
    expect(await button.isVisible()).toBe(true);
    const desktop = await tests.open();
    expect(await desktop.locator('.camera').isVisible()).toBe(false);
  });
});
