/**
 * @module training/settings
 * Every setting of a training run, with its default.
 */

export type Value = string | number | boolean;
export interface Entry {
  default: Value;
  help: string;
  /** The values that are allowed, for a choice. */
  among?: readonly string[];
  min?: number;
  max?: number;
  integer?: boolean;
}

export const SECTIONS = {
  Data: {
    data: {
      default: '',
      help: 'photographs (required): a folder with one for each breed, or with <breed>_<number>.jpg; a .tar.gz, .tar or .zip of one; its https address',
    },
    sha256: { default: '', help: 'that the archive must have; "" takes any' },
    species: { default: '', help: 'file of lines breed,species (cat, dog or other); "" goes by the names' },
    split: {
      default: '',
      help: 'two lists of names, trainval.txt,test.txt; "" splits by --evaluation-share and --seed',
    },
    source: {
      default: '',
      help: 'what the manifest says of where they come from; "" is the end of the path',
    },
    evaluationShare: { default: 0.2, help: 'share of each breed held back to measure', min: 0.01, max: 0.9 },
    seed: { default: 1, help: 'of the split, the crops and every choice', integer: true, min: 0 },
  },
  Network: {
    network: {
      default: 'transfer',
      help: 'a head on a frozen base, or a network of convolutions of our own',
      among: ['transfer', 'scratch'],
    },
    filters: { default: '32,64,128', help: 'scratch: filters of each convolution + max-pool stage' },
    dense: { default: '128', help: 'scratch: units of each dense layer before the softmax' },
  },
  Base: {
    base: {
      default: 'efficientnet_lite2',
      help: 'name of a base network, or folder or https address of a TensorFlow.js layers model',
    },
    baseScaling: {
      default: '',
      help: 'mean,std of the pixels that the base was trained with; "" is what it says itself, else 127.5,127.5',
    },
    size: {
      default: 0,
      help: 'pixels of a side; 0 is the size of the base, 128 from scratch',
      integer: true,
      min: 0,
      max: 1024,
    },
    weights: { default: 'float16', help: 'how weights are saved', among: ['float16', 'float32'] },
  },
  Head: {
    crops: {
      default: 4,
      help: 'random crops of each photograph, beside it and its mirror image',
      integer: true,
      min: 0,
      max: 32,
    },
    cropArea: { default: 0.35, help: 'smallest area of a crop, as a share', min: 0.05, max: 1 },
    l2: { default: -1, help: 'lambda of the penalty .5 lambda |W|^2; -1 is the one of the base', min: -1 },
    folds: { default: 5, help: 'for the out-of-fold scores', integer: true, min: 2, max: 20 },
    maxSteps: { default: 200, help: 'at most this many steps of L-BFGS for a head', integer: true, min: 1 },
  },
  Training: {
    epochs: { default: 10, help: 'scratch: at most this many', integer: true, min: 1, max: 1000 },
    batchSize: { default: 32, help: 'scratch: photographs in a step', integer: true, min: 16, max: 64 },
    learningRate: { default: 0.001, help: 'scratch: of Adam', min: 0 },
    augment: { default: false, help: 'scratch: flips, shifts and light jitter of the photographs' },
    classWeights: {
      default: 'none',
      help: 'scratch: none, balanced, or weights by breed such as Pug=2,Beagle=0.5',
    },
    labelSmoothing: { default: 0, help: 'scratch: share of the truth that all breeds get', min: 0, max: 0.5 },
    patience: {
      default: 0,
      help: 'scratch: stop after so many epochs without a better validation; 0 never stops',
      integer: true,
      min: 0,
    },
  },
  'Fine-tuning': {
    fineTune: { default: false, help: 'also train the upper part of the base (engine node only)' },
    fineTuneEpochs: { default: 8, help: 'passes over the photographs', integer: true, min: 1, max: 100 },
    fineTuneBatchSize: { default: 32, help: 'photographs in a step', integer: true, min: 1, max: 256 },
    fineTuneRate: { default: 2e-4, help: 'learning rate of the base, at its highest', min: 0 },
    fineTuneHeadRate: { default: 1e-3, help: 'learning rate of the head, at its highest', min: 0 },
    fineTuneDecay: { default: 0.01, help: 'weight decay of kernels; biases have none', min: 0 },
    fineTuneWarmUp: { default: 0.5, help: 'epochs until the highest rate; then a cosine down to 0', min: 0 },
    fineTuneClip: { default: 5, help: 'largest norm of all gradients together; 0 is none', min: 0 },
    fineTuneDropout: { default: 0.2, help: 'share of the features left out in a step', min: 0, max: 0.9 },
    fineTuneSmoothing: { default: 0.1, help: 'share of the truth that all breeds get', min: 0, max: 0.5 },
    fineTuneSampling: {
      default: 0.5,
      help: "a photograph is drawn in proportion to n^-this, n being its breed's number",
      min: 0,
      max: 1,
    },
    fineTuneCropArea: { default: 0.35, help: 'smallest area of a crop, as a share', min: 0.05, max: 1 },
    fineTuneJitter: {
      default: 0.15,
      help: 'brightness, contrast and saturation change by up to this share',
      min: 0,
      max: 1,
    },
    fineTuneAverage: {
      default: 0.99,
      help: 'share that the moving average of the weights keeps at a step',
      min: 0,
      max: 0.9999,
    },
    fineTuneShare: {
      default: -1,
      help: 'share of the tuned weights in the result; -1 chooses one on the validation part',
      min: -1,
      max: 1,
    },
    fineTuneShares: { default: '0,0.1,0.2,0.3,0.4,0.5,0.6', help: 'shares that are tried for that' },
  },
  Run: {
    resume: { default: false, help: 'go on from the checkpoint of a run that was stopped' },
    checkpoints: { default: '', help: 'folder of checkpoints; "" is .checkpoint in --out' },
  },
  Measurement: {
    calibrationPhotographs: { default: 64, help: 'by which int8 gets its ranges', integer: true, min: 1 },
    calibrationMethod: {
      default: 'minmax',
      help: "a layer's range: all of its values, or most of them",
      among: ['minmax', 'percentile'],
    },
    calibrationPercentile: {
      default: 99.99,
      help: 'percentile: per cent of the values that the range holds',
      min: 50,
      max: 100,
    },
    golden: {
      default: 'photographs',
      help: 'pictures that prove a conversion',
      among: ['photographs', 'drawn'],
    },
    reportPictures: {
      default: 'on',
      help: 'example photographs in the report; off for what is published',
      among: ['on', 'off'],
    },
    goldenCount: { default: 8, help: 'number of golden pictures', integer: true, min: 1, max: 64 },
  },
  Output: {
    out: { default: 'trained', help: 'folder that gets a folder for the version' },
    push: { default: false, help: 'also put the version into Blob Storage (MODEL_STORAGE)' },
  },
  Machine: {
    engine: { default: 'auto', help: 'TensorFlow.js engine', among: ['auto', 'node', 'wasm', 'cpu'] },
    threads: { default: 0, help: 'threads for inference; 0 is one per processor', integer: true, min: 0 },
    cache: { default: 'on', help: 'keep features in the cache folder of the user', among: ['on', 'off'] },
  },
} as const satisfies Record<string, Record<string, Entry>>;

type Widen<V> = V extends string ? string : V extends number ? number : boolean;
type Entries<S> = S extends Record<string, Entry> ? { [K in keyof S]: Widen<S[K]['default']> } : never;
type Union<S> = (S extends unknown ? (x: S) => void : never) extends (x: infer I) => void ? I : never;
/** The settings of a run. Keys are those of {@link SECTIONS}. */
export type Settings = Union<Entries<(typeof SECTIONS)[keyof typeof SECTIONS]>>;

/** Those that say where things are and what is kept, and decide nothing of how the weights come about. */
const INDECISIVE: readonly string[] = [
  'data',
  'source',
  'out',
  'push',
  'resume',
  'checkpoints',
  'cache',
  'threads',
  'golden',
  'goldenCount',
];

/** The settings that two runs must share for their weights to be the same. */
export function decisiveSettings(settings: Settings): Record<string, Value> {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => !INDECISIVE.includes(name)));
}
