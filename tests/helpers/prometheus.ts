/**
 * @module tests/helpers/prometheus
 * Reads Prometheus' text format, version 0.0.4, as strictly as its own tools do, and complains where they would.
 */

export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

export interface Family {
  name: string;
  type: string;
  help: string;
  samples: Sample[];
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const TYPES = ['counter', 'gauge', 'histogram', 'summary', 'untyped'];
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,|$)/;

/** The families of a text, by name. Throws an error that names the line or the series that breaks a rule. */
export function parsePrometheus(text: string): Map<string, Family> {
  if (!text.endsWith('\n')) throw new Error('The last line has no end.');
  const families = new Map<string, Family>();
  let current: Family | undefined;
  for (const line of text.slice(0, -1).split('\n')) {
    const meta = new RegExp(`^# (HELP|TYPE) (${NAME}) (.+)$`).exec(line);
    if (line.startsWith('#') && meta === null) throw new Error(`No HELP and no TYPE: ${line}`);
    if (meta === null) {
      addSample(line, current);
      continue;
    }
    const [, kind, name, rest] = meta as unknown as [string, string, string, string];
    if (kind === 'HELP') {
      if (families.has(name)) throw new Error(`${name} comes twice.`);
      if (/\\(?![\\n])/.test(rest)) throw new Error(`A help is escaped wrongly: ${line}`);
      current = { name, type: '', help: rest, samples: [] };
      families.set(name, current);
    } else {
      if (current?.name !== name || current.type !== '') throw new Error(`A TYPE without its HELP: ${line}`);
      if (!TYPES.includes(rest)) throw new Error(`No such type: ${line}`);
      current.type = rest;
    }
  }
  for (const family of families.values()) checkFamily(family);
  return families;
}

/** The value of the one sample with at least these labels. Throws where there is none, or more. */
export function sampleOf(
  families: Map<string, Family>,
  name: string,
  labels: Record<string, string> = {},
): number {
  const found = [...families.values()]
    .flatMap(({ samples }) => samples)
    .filter((sample) => sample.name === name)
    .filter((sample) => Object.entries(labels).every(([key, value]) => sample.labels[key] === value));
  if (found.length !== 1)
    throw new Error(`${found.length} samples of ${name} ${JSON.stringify(labels)}, not one.`);
  return found[0]!.value;
}

function addSample(line: string, family: Family | undefined): void {
  const match = new RegExp(`^(${NAME})(?:\\{(.*)\\})? (\\S+)$`).exec(line);
  if (match === null) throw new Error(`No sample: ${line}`);
  const [, name, labels = '', value] = match as unknown as [string, string, string | undefined, string];
  const suffix = family?.type === 'histogram' ? '(_bucket|_count|_sum)' : '';
  if (family === undefined || !new RegExp(`^${family.name}${suffix}$`).test(name)) {
    throw new Error(`A sample of no family that was begun: ${line}`);
  }
  if (!/^([+-]Inf|NaN|-?\d+(\.\d+)?(e[+-]?\d+)?)$/.test(value)) throw new Error(`No value: ${line}`);
  family.samples.push({
    name,
    labels: parseLabels(labels, line),
    value: Number(value.replace('Inf', 'Infinity')),
  });
}

function parseLabels(text: string, line: string): Record<string, string> {
  const labels: Record<string, string> = {};
  let rest = text;
  while (rest !== '') {
    const match = LABEL.exec(rest);
    if (match === null) throw new Error(`Labels are wrong: ${line}`);
    const [whole, name, value] = match as unknown as [string, string, string];
    if (name in labels) throw new Error(`A label comes twice: ${line}`);
    labels[name] = value.replace(/\\([\\"n])/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
    rest = rest.slice(whole.length);
  }
  return labels;
}

function checkFamily({ name, type, samples }: Family): void {
  if (type === '') throw new Error(`${name} has no type.`);
  if ((type === 'counter') !== name.endsWith('_total')) throw new Error(`${name} is a ${type}.`);
  const series = samples.map((sample) => JSON.stringify([sample.name, Object.entries(sample.labels).sort()]));
  if (new Set(series).size !== series.length) throw new Error(`A series of ${name} comes twice.`);
  if (type === 'counter' && samples.some(({ value }) => !(value >= 0)))
    throw new Error(`${name} is negative.`);
  if (type === 'histogram') checkHistogram(name, samples);
}

function checkHistogram(name: string, samples: Sample[]): void {
  const withoutEdge = ({ le: _, ...labels }: Record<string, string>) =>
    JSON.stringify(Object.entries(labels).sort());
  const bySeries = Map.groupBy(samples, ({ labels }) => withoutEdge(labels));
  for (const [labels, own] of bySeries) {
    const buckets = own.filter((sample) => sample.name === `${name}_bucket`);
    const only = (suffix: string) => own.filter((sample) => sample.name === `${name}${suffix}`);
    if (only('_sum').length !== 1 || only('_count').length !== 1)
      throw new Error(`${name}${labels} has no sum or count.`);
    const edges = buckets.map((bucket) => Number(bucket.labels.le!.replace('Inf', 'Infinity')));
    if (edges.some((edge, i) => i > 0 && !(edge > edges[i - 1]!)))
      throw new Error(`${name}${labels}: edges out of order.`);
    if (buckets.at(-1)?.labels.le !== '+Inf') throw new Error(`${name}${labels} doesn't end at +Inf.`);
    if (buckets.some(({ value }, i) => i > 0 && value < buckets[i - 1]!.value)) {
      throw new Error(`${name}${labels}: buckets fall.`);
    }
    if (buckets.at(-1)!.value !== only('_count')[0]!.value) {
      throw new Error(`${name}${labels}: the last bucket is not the count.`);
    }
  }
}
