/**
 * @module training/report/sections/data
 * What was trained on, what was left out and why, and every setting.
 */
import { SECTIONS } from '../../settings.ts';
import { type Html, html } from '../html.ts';
import type { ReportInput } from '../input.ts';
import { countOf, formatCount, table } from '../words.ts';

export function dataSection({ facts, notes, nearDuplicates }: ReportInput): Html {
  const { source, contentHash, counts, split, skipped } = facts.data;
  const sum = (part: 'training' | 'evaluation') => counts.reduce((total, count) => total + count[part], 0);
  return html`<section aria-labelledby="data"><h2 id="data">Data</h2>
<p>${source}: ${formatCount(sum('training'))} photographs to train on, ${formatCount(sum('evaluation'))} held back, ${countOf(counts.length, 'class', 'classes')}.
Split: ${split.rule}; seed ${split.seed}, share ${split.evaluationShare}. Content <code>${contentHash.slice(0, 16)}</code>.</p>
${notes.length > 0 ? html`<ul>${notes.map((note) => html`<li>${note}</li>`)}</ul>` : ''}
${duplicates(nearDuplicates)}
<h3>Skipped files</h3>
${
  skipped.length === 0
    ? html`<p>No file was skipped.</p>`
    : table({
        caption: countOf(skipped.length, 'file that was skipped', 'files that were skipped'),
        columns: [{ title: 'file' }, { title: 'reason' }],
        rows: skipped.map(({ path, reason }) => [path, reason]),
        tall: skipped.length > 12,
      })
}</section>`;
}

function duplicates(groups: ReportInput['nearDuplicates']): Html {
  if (groups === undefined) return html``;
  if (groups.length === 0)
    return html`<h3>Near-duplicates</h3><p>No two photographs are nearly the same.</p>`;
  return html`<h3>Near-duplicates</h3>
<p>Photographs that are nearly the same are on one side of the split, so that none is measured on what it was trained on.</p>
${table({
  caption: countOf(groups.length, 'group'),
  columns: [{ title: 'group' }, { title: 'photographs' }],
  rows: groups.map((paths, at) => [String(at + 1), paths.join(', ')]),
  tall: groups.length > 12,
})}`;
}

export function settingsSection({ facts, circumstances }: ReportInput): Html {
  const known = new Map(
    Object.entries(SECTIONS).flatMap(([section, entries]) =>
      Object.entries(entries as Record<string, { default: unknown; help: string }>).map(([key, entry]) => [
        key,
        { section, ...entry },
      ]),
    ),
  );
  const rows = Object.entries(facts.config).map(([key, value]) => {
    const entry = known.get(key);
    const isDefault = entry !== undefined && entry.default === value;
    return [key, show(value), isDefault ? '' : show(entry?.default), entry?.section ?? '', entry?.help ?? ''];
  });
  const { package: name, version, commit } = facts.code;
  const seconds = Object.entries((circumstances.seconds as Record<string, number> | undefined) ?? {});
  return html`<section aria-labelledby="settings"><h2 id="settings">Settings</h2>
${table({
  caption: 'Every setting of the run',
  columns: [
    { title: 'setting' },
    { title: 'value' },
    { title: 'default, if changed' },
    { title: 'section' },
    { title: 'meaning' },
  ],
  rows,
})}
<p>Code: ${name} ${version}${commit ? html`, commit <code>${commit.slice(0, 12)}</code>` : ''}. ${show(circumstances.engine)}${
    seconds.length > 0 ? `. Seconds: ${seconds.map(([phase, value]) => `${phase} ${value}`).join(', ')}` : ''
  }${circumstances.peakMegabytes ? `. Peak memory ${circumstances.peakMegabytes} MB` : ''}.</p>
</section>`;
}

const show = (value: unknown) => (value === '' ? '(empty)' : value === undefined ? '' : String(value));
