/**
 * @module scripts/classify/page-style
 * How the page of a folder looks: on a phone, on a screen, in the dark and on paper.
 */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --ink: #1f2328; --soft: #59636e; --paper: #fff; --card: #f6f8fa; --line: #d1d9e0;
  --bar: #0a7d5a; --unsure: #8a4600; --failed: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #a5afb9; --paper: #0d1117; --card: #171d25;
  --line: #3a434d; --bar: #3fb68b; --unsure: #f0a95c; --failed: #ff8a80; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 1.5rem; font: 1rem/1.45 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
main { max-width: 80rem; margin: 0 auto; }
h1 { font-size: 1.5rem; line-height: 1.2; margin: 0 0 .25rem; }
main > p { color: var(--soft); margin: 0 0 1.5rem; }
ul { list-style: none; margin: 0; padding: 0; display: grid; gap: 1rem;
  grid-template-columns: repeat(auto-fill, minmax(min(15rem, 100%), 1fr)); }
li.pet { border: 1px solid var(--line); border-radius: .6rem; background: var(--card); overflow: hidden;
  break-inside: avoid; display: flex; flex-direction: column; }
.picture { height: 12rem; display: grid; place-items: center; color: var(--soft); border-bottom: 1px solid var(--line); }
.picture img { width: 100%; height: 12rem; object-fit: contain; display: block; }
.words { padding: .75rem .9rem .9rem; }
h2 { font-size: 1.05rem; margin: 0 0 .4rem; overflow-wrap: anywhere; }
.file { color: var(--soft); font-size: .85rem; margin: .6rem 0 0; overflow-wrap: anywhere; }
dl { margin: 0; display: grid; grid-template-columns: 1fr auto; gap: .1rem .6rem; font-size: .9rem; }
dt { overflow-wrap: anywhere; }
dd { margin: 0; font-variant-numeric: tabular-nums; text-align: right; }
dd.bar { grid-column: 1 / -1; display: flex; }
meter { width: 100%; height: .5rem; appearance: none; border: 0; border-radius: .25rem;
  background: var(--line); margin-bottom: .3rem; }
meter::-webkit-meter-bar { background: var(--line); border: 0; border-radius: .25rem; height: .5rem; }
meter::-webkit-meter-optimum-value { background: var(--bar); border-radius: .25rem; }
meter::-moz-meter-bar { background: var(--bar); border-radius: .25rem; }
.remark { font-size: .9rem; font-weight: 600; margin: .4rem 0 0; overflow-wrap: anywhere; }
.unsure { color: var(--unsure); }
.failed { color: var(--failed); }
@media print { body { padding: 0; } meter { print-color-adjust: exact; } }
`;
