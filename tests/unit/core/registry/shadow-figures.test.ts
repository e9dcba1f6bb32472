import { showVersion } from '../../../../core/registry/list-versions.ts';
import {
  emptyComparison,
  figuresOf,
  readShadowFigures,
  type ShadowReport,
  writeShadowReport,
} from '../../../../core/registry/shadow-figures.ts';
import { AT, aRegistry, version } from './worlds.ts';

const [A, B, C] = ['A', 'B', 'C'].map(version) as [string, string, string];

function aReport(instance: string, changes: Partial<ShadowReport['comparisons'][number]>): ShadowReport {
  const comparisons = [{ ...emptyComparison(A), ...changes }];
  return { schemaVersion: 1, shadow: B, instance, since: AT, at: AT, comparisons };
}

test('instances are added up, for each version in production apart', () => {
  const figures = figuresOf([
    {
      production: A,
      n: 3,
      sameTop1: 3,
      sumDifference: 0.3,
      productionMs: 30,
      shadowMs: 15,
      dropped: 2,
      failed: 0,
    },
    {
      production: A,
      n: 1,
      sameTop1: 0,
      sumDifference: 0.5,
      productionMs: 10,
      shadowMs: 5,
      dropped: 0,
      failed: 1,
    },
    emptyComparison(C),
  ]);
  expect(figures).toEqual([
    { production: A, n: 4, agreement: 0.75, meanDifference: 0.2, latencyRatio: 0.5, dropped: 2, failed: 1 },
    { production: C, n: 0, agreement: null, meanDifference: null, latencyRatio: null, dropped: 0, failed: 0 },
  ]);
});

test("an instance's report replaces its last one, and is read beside the others' with the version", async () => {
  const { storage, register } = aRegistry();
  await register('B');
  await writeShadowReport(storage, aReport('one', { n: 1, sameTop1: 1 }));
  await writeShadowReport(storage, aReport('one', { n: 2, sameTop1: 1 }));
  await writeShadowReport(storage, aReport('two', { n: 2, sameTop1: 2 }));
  await expect(readShadowFigures(storage, B)).resolves.toMatchObject([
    { production: A, n: 4, agreement: 0.75 },
  ]);
  await expect(readShadowFigures(storage, A)).resolves.toEqual([]);
  await expect(showVersion(storage, B)).resolves.toMatchObject({ shadow: [{ n: 4 }], manifest: null });
});
