/**
 * @module scripts/models/format
 * What the models command says to people.
 */
import { type Manifest, PRECISIONS } from '../../core/manifest.ts';
import type { VersionComparison } from '../../core/registry/compare-versions.ts';
import type { ShownVersion, VersionList } from '../../core/registry/list-versions.ts';
import type { RemovalPlan } from '../../core/registry/remove-old-versions.ts';
import type { Gate, Move, Pointer } from '../../core/registry/schema.ts';
import { formatTable, percentOf } from './table.ts';

export function formatList(list: VersionList): string[] {
  if (list.models.length === 0) return ['No version is registered yet. Train one and push it.'];
  const role = (version: string) =>
    [
      ...(version === list.production ? ['production'] : []),
      ...(version === list.previous ? ['previous'] : []),
      ...(version === list.canary?.version ? [`canary ${percentOf(list.canary.share)}`] : []),
      ...(version === list.shadow ? ['shadow'] : []),
    ].join(', ');
  const rows = list.models.map((model) => [
    model.version,
    model.state,
    model.precision ?? '-',
    percentOf(model.top1),
    percentOf(model.top3),
    role(model.version),
  ]);
  return formatTable([['version', 'state', 'precision', 'top-1', 'top-3', ''], ...rows], { right: [3, 4] });
}

export function formatShown({ record, manifest, roles, moves, shadow }: ShownVersion): string[] {
  const { override, removed } = record;
  const facts = [
    ['version', record.version],
    [
      'state',
      `${record.state}${removed ? ', files removed' : ''}${roles.length > 0 ? ` (${roles.join(', ')})` : ''}`,
    ],
    ['serves at', record.precision ?? 'nothing'],
    ['registered', record.registeredAt],
    ...(override ? [['overruled', `${override.at} by ${override.by}: ${override.reason}`]] : []),
    ...(removed ? [['removed', `${removed.at} by ${removed.by}: ${removed.reason}`]] : []),
    ...(manifest === null ? [['manifest', 'gone or damaged']] : manifestFacts(manifest)),
  ];
  return [
    ...formatTable(facts),
    ...section('gates', formatTable(record.gates.map(gateRow))),
    ...section(
      'as a shadow',
      shadow.map(
        ({ production, n, agreement, meanDifference, latencyRatio, dropped, failed }) =>
          `beside ${production}: ${n} photographs, same breed ${percentOf(agreement)}, mean |dp| ${meanDifference?.toFixed(4) ?? '-'}, latency ${latencyRatio?.toFixed(2) ?? '-'} of its, ${dropped} dropped, ${failed} failed`,
      ),
    ),
    ...section('moves', moves.map(formatMove)),
  ];
}

function manifestFacts({ createdAt, base, data, labels, metrics }: Manifest): string[][] {
  const figures = PRECISIONS.map((precision) => {
    const { n, top1, top3, meanPerClassRecall } = metrics[precision];
    return [
      precision,
      `top-1 ${percentOf(top1)}, top-3 ${percentOf(top3)}, mean per class ${percentOf(meanPerClassRecall)} on ${n} held back`,
    ];
  });
  return [
    ['created', createdAt],
    ['base', base.name],
    ['data', data.source],
    ['labels', String(labels.length)],
    ...figures,
  ];
}

/** What a gate that isn't passed comes to, by its severity; records of before know no other than the first. */
const NOT_PASSED = { reject: 'FAILED', precision: 'not int8', warn: 'warning' } as const;

function gateRow({ name, value, threshold, passed, severity = 'reject', reason }: Gate): string[] {
  return [`  ${passed ? 'passed' : NOT_PASSED[severity]}`, name, figure(value), figure(threshold), reason];
}

/** Three digits of a number, the beginning of a hash. */
function figure(found: Gate['value']): string {
  if (typeof found === 'number') return Number.isInteger(found) ? String(found) : found.toPrecision(3);
  return found === null ? '-' : found.length > 12 ? `${found.slice(0, 12)}…` : found;
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0
    ? []
    : ['', title, ...lines.map((line) => (line.startsWith(' ') ? line : `  ${line}`))];
}

function formatMove(move: Move): string {
  const from = move.from == null ? '' : ` from ${move.from}`;
  const share = move.action === 'canary' && move.version !== null ? ` at ${percentOf(move.share)}` : '';
  return `${move.at}  ${move.action} ${move.version ?? 'off'}${share}${from}, by ${move.by}: ${move.reason}`;
}

/** What a promotion or a rollback has come to. */
export function formatMoved(
  { pointer, moved }: { pointer: Pointer; moved: boolean },
  skipped: readonly { version: string; why: string }[] = [],
): string[] {
  const { version, precision, previous } = pointer;
  return [
    ...skipped.map(({ why }) => `passed over: ${why}`),
    `${moved ? 'Production is now' : 'Production is already'} ${version} (${precision}).`,
    previous === null ? 'A rollback has nothing to go back to.' : `A rollback goes back to ${previous}.`,
  ];
}

export function formatCandidates({
  pointer: { canary, shadow },
  moved,
}: {
  pointer: Pointer;
  moved: boolean;
}): string[] {
  return [
    ...(moved ? [] : ['It is so already.']),
    `canary  ${canary === null ? 'off' : `${canary.version}, ${percentOf(canary.share)} of the traffic`}`,
    `shadow  ${shadow ?? 'off'}`,
  ];
}

export function formatComparison({ a, b, pairs, labelledOtherwise, ...test }: VersionComparison): string[] {
  const row = (title: string, side: (version: VersionComparison['a']) => string) => [title, side(a), side(b)];
  const rows = (group: 'own' | 'paired') => [
    row('  photographs', (version) => String(version[group].n)),
    row('  top-1', (version) => percentOf(version[group].top1)),
    row('  top-3', (version) => percentOf(version[group].top3)),
    row('  mean per class', (version) => percentOf(version[group].meanPerClass)),
  ];
  const table = formatTable(
    [
      row('', ({ version }) => version),
      row('', ({ precision }) => precision),
      ['each on all that it held back', '', ''],
      ...rows('own'),
      ['both on the same', '', ''],
      ...rows('paired'),
    ],
    { right: [1, 2] },
  );
  if (test.p === null) {
    return [
      ...table,
      '',
      'They held back no photograph in common: their figures are of different photographs.',
    ];
  }
  return [
    ...table,
    ...(labelledOtherwise > 0
      ? [`${labelledOtherwise} shared photographs have another label in each, and are left out.`]
      : []),
    '',
    `Of ${pairs} shared photographs ${test.onlyAIsRight} are right in ${a.version} only, ${test.onlyBIsRight} in ${b.version} only.`,
    `McNemar's exact test, two-sided: p = ${test.p.toPrecision(2)}`,
  ];
}

export function formatRemoval({ removed, kept }: RemovalPlan, { dryRun }: { dryRun: boolean }): string[] {
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  const rows = [
    ...kept.map(({ version, why }) => [version, 'kept', why]),
    ...removed.map(({ version, files, bytes }) => [
      version,
      dryRun ? 'would be removed' : 'removed',
      `${files} files, ${megabytes(bytes)}`,
    ]),
  ];
  const total = removed.reduce((sum, { bytes }) => sum + bytes, 0);
  return [
    ...formatTable(rows.sort(([a], [b]) => (a! < b! ? 1 : -1))),
    `${removed.length} ${removed.length === 1 ? 'version' : 'versions'} ${dryRun ? 'would be ' : ''}removed, ${megabytes(total)}.`,
  ];
}
