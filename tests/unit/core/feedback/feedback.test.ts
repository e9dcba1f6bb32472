import sharp from 'sharp';
import { UnavailableError } from '../../../../core/errors.ts';
import { deleteFeedback, keepFeedback, listFeedback } from '../../../../core/feedback/feedback.ts';
import { reencodePicture } from '../../../../core/feedback/picture.ts';
import { dayOf, feedbackPath, makeFeedbackId, parseFeedbackId } from '../../../../core/feedback/record.ts';
import { memoryStorage } from '../../../helpers/memory-storage.ts';
import * as pictures from '../../../helpers/pictures.ts';

const AT = new Date('2026-11-25T08:15:00.123Z');
const SAID = { label: 'pug', requestId: 'r', version: null };
const PICTURE = { jpeg: Buffer.from('a picture'), width: 2, height: 1 };
const at = (milliseconds: number) => ({ now: () => new Date(AT.getTime() + milliseconds) });

describe('ids', () => {
  test('begin with the day, sort by time, and differ at the same moment', () => {
    const ids = [0, 1, 1000, 86_400_000].map((later) => makeFeedbackId(new Date(AT.getTime() + later)));
    expect(ids[0]).toMatch(/^20261125-081500123[0-9a-f]{23}$/);
    expect(ids.toSorted()).toEqual(ids);
    expect(dayOf(ids[3]!)).toBe('2026-11-26');
    expect(new Set(Array.from({ length: 100 }, () => makeFeedbackId(AT))).size).toBe(100);
  });

  test('are checked before they get into a path', () => {
    const id = makeFeedbackId(AT);
    expect(parseFeedbackId(id)).toBe(id);
    for (const text of [
      '',
      '..',
      `${id}/..`,
      `${id}\n`,
      id.toUpperCase(),
      id.replace('20261125', '20261325'),
    ]) {
      expect(() => parseFeedbackId(text)).toThrow(/is not an id of feedback/);
    }
  });
});

describe('keeping', () => {
  test('writes the picture before the record that speaks of it', async () => {
    const memory = memoryStorage();
    const calls: string[] = [];
    memory.before = (call, name) => {
      calls.push(`${call} ${name.split('.').at(-1)}`);
    };
    const { id } = await keepFeedback(memory.storage, { ...SAID, picture: PICTURE }, at(0));
    expect(calls).toEqual(['createOnce jpg', 'createOnce json']);
    const record = JSON.parse(memory.blobs.get(`feedback/${feedbackPath(id)}`)!.bytes.toString());
    expect(record).toEqual({
      schemaVersion: 1,
      id,
      at: AT.toISOString(),
      ...SAID,
      picture: { bytes: 9, width: 2, height: 1 },
      state: 'new',
    });
  });

  test('leaves no picture behind when the record can not be written: nobody could delete it', async () => {
    const memory = memoryStorage();
    memory.before = (call, name) => {
      if (call === 'createOnce' && name.endsWith('.json')) throw new UnavailableError('no answer');
    };
    await expect(keepFeedback(memory.storage, { ...SAID, picture: PICTURE }, at(0))).rejects.toThrow(
      'no answer',
    );
    expect([...memory.blobs.keys()]).toEqual([]);
  });
});

describe('deleting', () => {
  test('takes the picture first, and an id finds the rest after a fault between the two', async () => {
    const memory = memoryStorage();
    const { id } = await keepFeedback(memory.storage, { ...SAID, picture: PICTURE }, at(0));
    memory.before = (call, name) => {
      if (call === 'remove' && name.endsWith('.json')) throw new UnavailableError('no answer');
    };
    await expect(deleteFeedback(memory.storage, id)).rejects.toThrow('no answer');
    expect([...memory.blobs.keys()]).toEqual([`feedback/${feedbackPath(id)}`]);
    memory.before = () => {};
    await deleteFeedback(memory.storage, id);
    await deleteFeedback(memory.storage, id);
    expect(memory.blobs.size).toBe(0);
  });

  test('goes on when the record is changed meanwhile', async () => {
    const memory = memoryStorage();
    const { id } = await keepFeedback(memory.storage, { ...SAID, picture: null }, at(0));
    const name = `feedback/${feedbackPath(id)}`;
    let changes = 0;
    memory.before = (call) => {
      const blob = memory.blobs.get(name);
      if (call === 'remove' && blob && changes++ === 0) memory.blobs.set(name, { ...blob, etag: '"other"' });
    };
    await deleteFeedback(memory.storage, id);
    expect(memory.blobs.size).toBe(0);
  });
});

describe('the list', () => {
  test('gives a day page by page, each record once', async () => {
    const { storage } = memoryStorage();
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) {
      const picture = i % 2 === 0 ? PICTURE : null;
      ids.push((await keepFeedback(storage, { ...SAID, picture }, at(i))).id);
    }
    await keepFeedback(storage, { ...SAID, picture: null }, at(86_400_000));
    const pages: string[][] = [];
    let after: string | undefined;
    do {
      const page = await listFeedback(storage, { day: '2026-11-25', after, pageSize: 2 });
      pages.push(page.feedback.map(({ id }) => id));
      after = page.next ?? undefined;
    } while (after !== undefined);
    expect(pages).toEqual([ids.slice(0, 2), ids.slice(2, 4), ids.slice(4)]);
  });

  test('leaves a damaged record out and names it, and the page goes on', async () => {
    const memory = memoryStorage();
    const [first, second] = [
      await keepFeedback(memory.storage, { ...SAID, picture: null }, at(0)),
      await keepFeedback(memory.storage, { ...SAID, picture: null }, at(1)),
    ];
    memory.blobs.get(`feedback/${feedbackPath(first.id)}`)!.bytes.fill('x');
    const page = await listFeedback(memory.storage, { day: '2026-11-25' });
    expect(page).toEqual({ feedback: [second], next: null, damaged: [feedbackPath(first.id)] });
  });
});

describe('a picture', () => {
  test('is encoded anew: upright, no larger than 1,024, without what lies beside and behind it', async () => {
    const sent = await pictures
      .pet({ width: 3000, height: 1500 })
      .withExif({ IFD0: { Copyright: 'the owner' } })
      .withIccProfile('p3')
      .jpeg()
      .toBuffer();
    const { jpeg, ...size } = await reencodePicture(Buffer.concat([sent, Buffer.from('the owner')]));
    expect(size).toEqual({ width: 1024, height: 512 });
    const metadata = await sharp(jpeg).metadata();
    expect(metadata).toMatchObject({ format: 'jpeg', width: 1024, height: 512 });
    expect([metadata.exif, metadata.icc, jpeg.includes('the owner')]).toEqual([undefined, undefined, false]);
  });

  test.each(['png', 'webp', 'avif', 'gif'] as const)('of %s becomes a JPEG of its size', async (format) => {
    const sent = await pictures.pet({ width: 40, height: 30 })[format]().toBuffer();
    const { jpeg, width, height } = await reencodePicture(sent);
    expect([width, height, (await sharp(jpeg).metadata()).format]).toEqual([40, 30, 'jpeg']);
  });

  test.each([
    ['HEIC', pictures.heifHeader('heic', ['heic']), 415],
    ['text', Buffer.from('hello, this is no picture'), 415],
    ['nothing', Buffer.alloc(0), 400],
  ])('that is %s is refused', async (_kind, bytes, status) => {
    await expect(reencodePicture(bytes)).rejects.toMatchObject({ status });
  });
});
