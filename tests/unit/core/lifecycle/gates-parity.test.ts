/** The gate that a model doesn't pass which answers otherwise than it was trained. */
import * as tf from '@tensorflow/tfjs';
import { decodeGolden, type Golden } from '../../../../core/golden.ts';
import { softmax } from '../../../../core/inference/scores.ts';
import type { Session } from '../../../../core/inference/session.ts';
import { convertFiles } from '../../../../core/lifecycle/convert-version.ts';
import { FILE, type Manifest, type ModelInput } from '../../../../core/manifest.ts';
import { convertLayersModel } from '../../../../core/onnx/convert.ts';
import { readLayersModel } from '../../../../core/onnx/read-layers-model.ts';
import { aGoldenAsker, type GoldenAsker } from '../../../helpers/golden-asker.ts';
import { aTrainedManifest } from '../../../helpers/manifests.ts';

let asker: GoldenAsker;
beforeAll(async () => {
  asker = await aGoldenAsker();
});
afterEach(() => asker.free());

// Field case 81.
describe('pixels scaled twice', () => {
  const SIDE = 8;
  const UNIFORM = [0, 127, 255];
  const scaling = (mean: number, std: number): ModelInput['scaling'] => ({
    mean: [mean, mean, mean],
    std: [std, std, std],
  });

  it('are noticed: with another scale in the manifest than the model was trained with', async () => {
    const { input } = asker.tiny.manifest;
    const manifest = { ...asker.tiny.manifest, input: { ...input, scaling: scaling(0, 255) } };
    const { loads, parity, session } = await asker.ask(convertFiles(manifest, asker.tiny.files).float32, {
      manifest,
    });
    expect(loads.passed).toBe(true);
    expect(parity).toMatchObject({ passed: false, severity: 'reject', threshold: 1e-4 });
    expect(parity.value).toBeGreaterThan(1e-4);
    expect(session).toBeUndefined();
  });

  /** A network that scales its input by itself, asked pictures of one grey each. */
  async function rescalingNetwork(): Promise<{ golden: Golden; convert: (input: ModelInput) => Uint8Array }> {
    await tf.setBackend('cpu');
    const model = tf.sequential({
      layers: [
        tf.layers.rescaling({ scale: 1 / 127.5, offset: -1, inputShape: [SIDE, SIDE, 3] }),
        tf.layers.conv2d({
          filters: 4,
          kernelSize: 3,
          activation: 'relu',
          kernelInitializer: tf.initializers.glorotNormal({ seed: 1 }),
        }),
        tf.layers.globalAveragePooling2d({}),
        tf.layers.dense({
          units: 2,
          activation: 'softmax',
          kernelInitializer: tf.initializers.glorotNormal({ seed: 2 }),
        }),
      ],
    });
    const artifacts = await new Promise<tf.io.ModelArtifacts>((resolve) => {
      const save = async (saved: tf.io.ModelArtifacts) => {
        resolve(saved);
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' as const } };
      };
      void model.save(tf.io.withSaveHandler(save));
    });
    const weights = Buffer.from(artifacts.weightData as ArrayBuffer);
    const json = {
      modelTopology: artifacts.modelTopology,
      weightsManifest: [{ paths: [FILE.weights], weights: artifacts.weightSpecs }],
    };
    const layersModel = readLayersModel(json, new Map([[FILE.weights, weights]]));
    const pixels = Uint8Array.from(UNIFORM.flatMap((grey) => Array<number>(SIDE * SIDE * 3).fill(grey)));
    const answers = tf.tidy(
      () =>
        (
          model.predict(tf.tensor4d(Float32Array.from(pixels), [UNIFORM.length, SIDE, SIDE, 3])) as tf.Tensor
        ).dataSync() as Float32Array,
    );
    return {
      golden: { n: UNIFORM.length, pixels, probabilities: { float32: answers, int8: answers } },
      convert: (input) => convertLayersModel(layersModel, { input, precision: 'float32' }),
    };
  }

  it('are noticed: with a network that scales by itself', async () => {
    const { golden: uniform, convert } = await rescalingNetwork();
    const judge = (own: ModelInput['scaling']) => {
      const draft = aTrainedManifest();
      const input = { ...draft.input, width: SIDE, height: SIDE, scaling: own };
      const manifest: Manifest = { ...draft, input, classMeans: { classes: 2, features: 4 } };
      return asker.ask(convert(input), { manifest, golden: uniform });
    };
    expect((await judge(scaling(0, 1))).parity.passed).toBe(true);
    const twice = await judge(scaling(127.5, 127.5));
    expect(twice.loads.passed).toBe(true);
    expect(twice.parity.passed).toBe(false);
  });
});

// Field case 82.
describe('softmax twice', () => {
  const topScores = async (session: Session) => {
    const size = asker.golden.pixels.length / asker.golden.n;
    const scores: Float64Array[] = [];
    for (let i = 0; i < asker.golden.n; i++) {
      scores.push(
        softmax((await session.run(asker.golden.pixels.subarray(i * size, (i + 1) * size))).logits),
      );
    }
    return scores;
  };

  it('is refused: a graph whose logits are probabilities already gives flat scores', async () => {
    const twice = asker.changed(({ graph }) => {
      const identity = graph!.node!.find(({ output }) => output![0] === 'logits')!;
      identity.opType = 'Softmax';
    });
    const { loads, parity } = await asker.ask(twice);
    expect(loads.passed).toBe(true);
    expect(parity.passed).toBe(false);
    const flat = await topScores(asker.opened[0]!);
    // Of probabilities the softmax is at most e / (e + 3) for four breeds.
    for (const scores of flat) expect(Math.max(...scores)).toBeLessThan(Math.E / (Math.E + 3));
  });

  it('is not in ours: the scores of a golden input sum to 1, and the top one is the trained model’s', async () => {
    const { session } = await asker.ask(asker.files.float32);
    for (const [row, scores] of (await topScores(session!)).entries()) {
      const trained = decodeGolden(
        asker.tiny.files.get(FILE.golden)!,
        asker.tiny.manifest,
      ).probabilities.float32.subarray(row * 4, row * 4 + 4);
      expect(scores.reduce((sum, score) => sum + score, 0)).toBeCloseTo(1, 5);
      expect(Math.max(...scores)).toBeCloseTo(Math.max(...trained), 4);
    }
  });
});
