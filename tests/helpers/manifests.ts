/**
 * @module tests/helpers/manifests
 * Manifests that are whole and small, to be changed by the test that needs another.
 */
import { contentHash, sha256 } from '../../core/hash.ts';
import type { Manifest, ManifestFile, Metrics } from '../../core/manifest.ts';
import { makeVersion } from '../../core/version.ts';

export function aFile(path: string, content = path): ManifestFile {
  return { path, bytes: content.length, sha256: sha256(content) };
}

export function someMetrics(changes: Partial<Metrics> = {}): Metrics {
  return {
    n: 100,
    top1: 0.9,
    top3: 0.99,
    meanPerClassRecall: 0.9,
    byClass: [],
    bySpecies: [],
    eceBefore: 0.05,
    eceAfter: 0.02,
    confusionPairs: [],
    ...changes,
  };
}

export function aTrainedManifest(changes: Partial<Manifest> = {}): Manifest {
  const files = [
    'golden.bin',
    'class-means.bin',
    'evaluation.json',
    'model.json',
    'weights.bin',
    'calibration.json',
    'metrics.json',
  ].map((path) => aFile(path));
  return {
    schemaVersion: 1,
    stage: 'trained',
    version: makeVersion(new Date('2026-11-25T08:15:00Z'), contentHash(files)),
    createdAt: '2026-11-25T08:15:00.000Z',
    labels: [
      { name: 'Bengal', species: 'cat' },
      { name: 'beagle', species: 'dog' },
    ],
    input: {
      width: 16,
      height: 16,
      resize: { fit: 'cover', kernel: 'lanczos3', background: [255, 255, 255] },
      scaling: { mean: [127, 127, 127], std: [128, 128, 128] },
    },
    base: { name: 'tiny', contentHash: null },
    config: { seed: 1 },
    data: {
      source: 'test',
      contentHash: sha256('data'),
      counts: [],
      split: { rule: 'stratified', seed: 1, evaluationShare: 0.2 },
      skipped: [],
    },
    metrics: { float32: someMetrics(), int8: someMetrics() },
    temperature: { float32: 1, int8: 1 },
    unknown: {
      score: 'largest cosine to the class means',
      threshold: { float32: 0.5, int8: 0.5 },
      ambiguousBelow: 0.3,
    },
    files,
    golden: { n: 2, height: 16, width: 16, classes: 2 },
    classMeans: { classes: 2, features: 4 },
    calibration: { photographs: 4, method: 'minmax' },
    servable: { 'model.onnx': sha256('a'), 'model.int8.onnx': sha256('b') },
    conversion: null,
    code: { package: 'pawprint', version: '0.1.0', commit: null },
    ...changes,
  };
}
