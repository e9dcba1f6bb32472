import { BadRequestError } from '../../../../core/errors.ts';
import { moveProduction, parseDecision, servedBefore } from '../../../../core/registry/moves.ts';
import {
  decodeDocument,
  type Pointer,
  pointerSchema,
  recordSchema,
} from '../../../../core/registry/schema.ts';
import { AT, version } from './worlds.ts';

const [A, B, C, D] = ['A', 'B', 'C', 'D'].map(version) as [string, string, string, string];

/** The pointer after moves such as `+A` (promote) and `-A` (rollback). */
function after(moves: string[], before?: Pointer): Pointer {
  return moves.reduce<Pointer | undefined>((pointer, move) => {
    const action = move.startsWith('-') ? 'rollback' : 'promote';
    const target = { version: version(move.slice(1)), precision: 'int8' } as const;
    return moveProduction(pointer, target, { at: AT, by: 'ada', reason: 'why', action });
  }, before)!;
}

test.each([
  ['nothing before the first', ['+A'], []],
  ['the last first', ['+A', '+B', '+C'], [B, A]],
  ['a rollback takes back what it left', ['+A', '+B', '+C', '-B'], [A]],
  ['two rollbacks go further back', ['+A', '+B', '+C', '-B', '-A'], []],
  ['a rollback past a version that could not serve', ['+A', '+B', '+C', '-A'], []],
  ['a promotion after a rollback builds on what is there', ['+A', '+B', '+C', '-B', '+D'], [B, A]],
  ['each version once', ['+A', '+B', '+A'], [B]],
  ['to and fro, then back', ['+A', '+B', '+A', '-B'], [A]],
])('what served before: %s', (_, moves, expected) => {
  const { version: current, history } = after(moves);
  expect(servedBefore(current, history)).toEqual(expected);
});

test('previous is what a rollback returns to, also after a rollback', () => {
  expect(after(['+A', '+B', '+C']).previous).toBe(B);
  expect(after(['+A', '+B', '+C', '-B']).previous).toBe(A);
  expect(after(['+A', '+B', '-A']).previous).toBeNull();
});

test('each move of production says what it came from, and is later than the one before', () => {
  const { history } = after(['+A', '+B', '-A', '+C']);
  expect(history.map(({ from }) => from)).toEqual([null, A, B, A]);
  const times = history.map(({ at }) => at);
  expect(new Set(times).size).toBe(4);
  expect(times).toEqual(times.toSorted());
});

test('a canary or shadow that gets into production ends, on record', () => {
  const before: Pointer = { ...after(['+A']), canary: { version: B, share: 0.1 }, shadow: B };
  const { canary, shadow, history } = after(['+B'], before);
  expect([canary, shadow]).toEqual([null, null]);
  expect(history.slice(2)).toMatchObject([
    { action: 'canary', version: null, from: B, share: 0, reason: `${B} is in production` },
    { action: 'shadow', version: null, from: B },
  ]);
  const other: Pointer = { ...before, canary: { version: C, share: 0.1 }, shadow: D };
  expect(after(['+B'], other)).toMatchObject({ canary: { version: C }, shadow: D });
});

test('a pointer and a record of before `from`, `override` and `removed` are read', () => {
  const move = { at: AT, action: 'register', version: A, by: 'register', reason: 'newest' };
  const old = { schemaVersion: 1, version: B, precision: 'int8', canary: null, shadow: null, previous: A };
  const history = [move, { ...move, version: B }];
  const read = decodeDocument(pointerSchema, 'x', Buffer.from(JSON.stringify({ ...old, history })));
  expect(servedBefore(read.version, read.history)).toEqual([A]);
  const gates = [{ name: 'hashes', value: 9, threshold: 9, passed: true, reason: 'whole' }];
  const record = {
    schemaVersion: 1,
    version: A,
    state: 'blessed',
    precision: 'int8',
    registeredAt: AT,
    gates,
  };
  expect(decodeDocument(recordSchema, 'x', Buffer.from(JSON.stringify(record)))).toEqual(record);
});

test.each([
  ['no name', { by: ' ', reason: 'why' }, 'Who moves it is missing'],
  ['no reason', { by: 'ada', reason: ' \n' }, 'A reason is missing'],
  ['two lines', { by: 'ada', reason: 'a\nb' }, 'one of at most 1000'],
  ['a novel', { by: 'ada', reason: 'a'.repeat(1001) }, 'one of at most 1000'],
])('a decision with %s is refused', (_, given, message) => {
  expect(() => parseDecision(given)).toThrow(BadRequestError);
  expect(() => parseDecision(given)).toThrow(message);
});
