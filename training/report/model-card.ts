/**
 * @module training/report/model-card
 * `model-card.md` in the form of the Hugging Face Hub (Mitchell et al., "Model Cards for Model Reporting", 2019):
 * front matter that machines read, then text for people. Every figure is the run's.
 */
import { dayOfDate } from '../../core/day.ts';
import { displayName, FILE, PRECISIONS } from '../../core/manifest.ts';
import { formatPercent } from '../summary.ts';
import type { ManifestFacts } from '../version/write-version.ts';
import { type ReportInput, SHOWN } from './input.ts';
import { confusedPairs, mistakesOf } from './mistakes.ts';
import { figuresOf } from './sections/figures.ts';
import { judgeRun } from './sections/learning.ts';
import { UNKNOWN_LIMIT } from './sections/trust.ts';
import { countOf, formatCount, formatInterval, formatWithInterval } from './words.ts';

/** A breed with fewer photographs to train on than this is named as a small one. */
const SMALL = 30;
const PAIRS = 5;

export function renderModelCard(input: ReportInput): string {
  return [
    frontMatter(input),
    details(input),
    uses(input),
    limits(input),
    trainingPart(input),
    evaluation(input),
    howToUse(input),
  ].join('\n');
}

/** YAML of which every string is JSON, which YAML takes: no name can break out of its line. */
function frontMatter(input: ReportInput): string {
  const { facts } = input;
  const name = title(input);
  const metrics = PRECISIONS.flatMap((precision) =>
    figuresOf(input, precision).map(({ title: figure, share }) => [
      `          - type: ${figure === 'top-1' ? 'accuracy' : JSON.stringify(figure.replace(/\W+/g, '_'))}`,
      `            name: ${JSON.stringify(`${figure}, ${precision}`)}`,
      `            value: ${share.toFixed(4)}`,
    ]),
  );
  return `---
license: other
license_name: base-and-photographs
tags:
  - image-classification
  - pets
  - onnx
  - tensorflow.js
pipeline_tag: image-classification
metrics:
  - accuracy
model-index:
  - name: ${JSON.stringify(name)}
    results:
      - task:
          type: image-classification
        dataset:
          name: ${JSON.stringify(`${facts.data.source}, held back, n = ${facts.metrics[SHOWN].n}`)}
          type: ${JSON.stringify(facts.data.source)}
        metrics:
${metrics.flat().join('\n')}
---

# ${markdown(name)}
`;
}

function details({ facts, createdAt }: ReportInput): string {
  const { width, height, resize } = facts.input;
  const { package: name, version, commit } = facts.code;
  const breeds = facts.labels.map((label) => markdown(displayName(label.name))).join(', ');
  return `## Model details

Tells the breed of a cat or a dog from a photograph: ${facts.labels.length} breeds, with calibrated scores.

- Network: ${markdown(facts.base.name)}, ${originOf(facts)}, with a softmax layer over the breeds
- Input: ${width} x ${height} pixels, RGB, 8 bit, upright, ${resize.fit} and cropped about the centre, ${resize.kernel}
- Files: \`${FILE.layersModel}\` with \`${FILE.weights}\` (TensorFlow.js), \`${FILE.float32}\` and \`${FILE.int8}\` (ONNX) once it is converted
- Made on ${dayOfDate(createdAt)} by ${markdown(name)} ${markdown(version)}${commit ? `, commit ${commit.slice(0, 12)}` : ''}
- Licence: the pretrained network and the photographs have their own; this program decides none
- Breeds: ${breeds}
`;
}

function uses({ facts }: ReportInput): string {
  return `## Uses

Meant for: naming the most likely of these ${facts.labels.length} breeds for a photograph of one cat or dog, where a person can
look at the answer. The three best breeds come with scores that are probabilities, and with \`confident: false\` where the
picture is like nothing that was trained or no breed stands out.

Not meant for: decisions about an animal or its keeper (insurance, breed laws, adoption, health), proof of pedigree, mixed
breeds, or any other animal.
`;
}

function limits(input: ReportInput): string {
  const { facts, scored, evaluation: pictures } = input;
  const small = facts.data.counts.filter(({ training }) => training < SMALL);
  const temperature = facts.temperature[SHOWN];
  const pairs = confusedPairs(mistakesOf(scored[SHOWN], { pictures, temperature })).slice(0, PAIRS);
  const name = (at: number) => markdown(displayName(facts.labels[at]!.name));
  const smallest = small.map(({ label, training }) => `${markdown(displayName(label))} (${training})`);
  const lines = [
    `A pet of a breed that is none of the ${facts.labels.length} can't be told from them. ${UNKNOWN_LIMIT}`,
    `The threshold keeps ${PRECISIONS.map((precision) => `${formatPercent(input.details[precision].unknown.kept)} (${precision})`).join(' and ')} of the photographs held back.`,
    smallest.length > 0
      ? `${smallest.length} of ${facts.labels.length} breeds with fewer than ${SMALL} photographs to train on: ${smallest.join(', ')}. Their figures rest on few photographs too, and are the least certain.`
      : `Every breed was trained on at least ${SMALL} photographs.`,
    pairs.length > 0
      ? `Most confused (${SHOWN}): ${pairs.map((pair) => `${name(pair.first)} and ${name(pair.second)} (${pair.mistakes.length})`).join(', ')}.`
      : `No two breeds were confused on the photographs held back (${SHOWN}).`,
    'The photographs come from one source; light, cameras, poses, coats and ages that it lacks are not covered.',
  ];
  return `## Bias, risks and limitations

${lines.map((line) => `- ${line}`).join('\n')}
`;
}

function originOf({ base, config }: ManifestFacts): string {
  if (base.contentHash === null) return 'trained from scratch';
  const isTuned = config.fineTune === true && config.fineTuneShare !== 0;
  return isTuned ? 'pretrained, its upper part fine-tuned' : 'pretrained and frozen';
}

function skippedOf({ data }: ManifestFacts): string {
  const n = data.skipped.length;
  if (n === 0) return 'no file was skipped';
  return `${countOf(n, 'file was skipped', 'files were skipped')}, each with its reason in \`${FILE.manifest}\``;
}

function trainingPart(input: ReportInput): string {
  const { facts, circumstances } = input;
  const sum = facts.data.counts.reduce((total, { training }) => total + training, 0);
  const fit = judgeRun(input);
  const seconds = Object.values((circumstances.seconds as Record<string, number> | undefined) ?? {});
  const total = seconds.reduce((a, b) => a + b, 0);
  const settings = Object.entries(facts.config)
    .map(([key, value]) => `| ${markdown(key)} | ${markdown(String(value))} |`)
    .join('\n');
  return `## Training data

${markdown(facts.data.source)}: ${formatCount(sum)} photographs to train on; ${skippedOf(facts)}.
Split: ${markdown(facts.data.split.rule)}; seed ${facts.data.split.seed}. SHA-256 of the content: \`${facts.data.contentHash}\`.

## Training procedure

${fit ? fit.sentence : 'The run recorded no curves.'} Temperature and thresholds were fitted on photographs that were not held back.${
    total > 0
      ? ` It took ${Math.round(total / 60) || 'under 1'} min${circumstances.peakMegabytes ? ` and ${circumstances.peakMegabytes} MB of memory` : ''}.`
      : ''
  }

| setting | value |
|---|---|
${settings}
`;
}

function evaluation(input: ReportInput): string {
  const { facts, agreement } = input;
  const [float32, int8] = [figuresOf(input, 'float32'), figuresOf(input, 'int8')];
  const rows = float32.map(
    ({ title: figure, share, interval }, at) =>
      `| ${figure} | ${formatWithInterval(share, interval)} | ${formatWithInterval(int8[at]!.share, int8[at]!.interval)} |`,
  );
  const classes = input.details[SHOWN].byClass.map(({ label, n, right, interval }) => {
    const share = n === 0 ? '' : `${formatPercent(right / n)} (${formatInterval(interval)})`;
    return `| ${markdown(displayName(label))} | ${n} | ${share} |`;
  });
  const { metrics, temperature } = facts;
  return `## Evaluation

On ${formatCount(metrics[SHOWN].n)} photographs that were held back, by the files that serve; 95 % intervals. float32 and int8 say the same breed
of ${formatPercent(agreement)} of them.

| n = ${metrics[SHOWN].n} | float32 | int8 |
|---|---|---|
${rows.join('\n')}
| calibration error (ECE) | ${formatPercent(metrics.float32.eceAfter)} | ${formatPercent(metrics.int8.eceAfter)} |
| temperature | ${temperature.float32.toFixed(3)} | ${temperature.int8.toFixed(3)} |

"Cat or dog" is by the species of the breed that was said. "Cost-weighted" is 1 less the mean cost of an answer, in which a
confusion within a group of breeds weighs less than one of cat and dog.

| breed (${SHOWN}) | n | top-1 |
|---|---|---|
${classes.join('\n')}

Curves, the confusion matrix and the worst mistakes are in \`${FILE.report}\`.
`;
}

function howToUse({ facts }: ReportInput): string {
  const { width, height } = facts.input;
  return `## How to use

Put the folder into Blob Storage with \`npm run train -- … --push\`, or run the service and ask it:

    curl --data-binary @photo.jpg -H 'content-type: image/jpeg' localhost:7071/api/classify

The ONNX files take \`pixels\` (uint8, n x ${height} x ${width} x 3) and give \`logits\` (n x ${facts.labels.length}) and \`features\`. Divide the logits by
the temperature (float32 ${facts.temperature.float32.toFixed(3)}, int8 ${facts.temperature.int8.toFixed(3)}) before the softmax. The order of the labels is in \`${FILE.manifest}\`.
`;
}

const title = ({ facts }: ReportInput) => `Pawprint, ${facts.base.name}, ${facts.labels.length} breeds`;

/** Text that Markdown shows as it is, on one line. */
function markdown(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*{}[\]<>|#~]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, '\\$&');
}
