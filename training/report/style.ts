/**
 * @module training/report/style
 * The style sheet of the report: light and dark, from 360 pixels on, and on paper.
 */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #fcfcfa; --card: #f3f2ee; --text: #1d1f21; --soft: #565a60; --line: #8a8e94; --grid: #deddd8;
  --first: #1f5fa8; --second: #b34a00; --right: #1f5fa8; --wrong: #c2410c;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #16181b; --card: #202327; --text: #e8e6e1; --soft: #aeb2b8; --line: #80858c; --grid: #33373c;
    --first: #84b6f4; --second: #f5a25d; --right: #84b6f4; --wrong: #fb923c;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
header, main, footer, nav { max-width: 1120px; margin: 0 auto; padding: 0 16px; }
header { padding-top: 32px; }
footer { padding-bottom: 48px; color: var(--soft); font-size: 14px; }
h1 { font-size: 28px; line-height: 1.2; margin: 0 0 8px; overflow-wrap: anywhere; }
h2 { font-size: 21px; line-height: 1.25; margin: 48px 0 8px; padding-top: 16px; border-top: 1px solid var(--grid); }
h3 { font-size: 16px; line-height: 1.3; margin: 0 0 8px; }
p { max-width: 72ch; margin: 8px 0 12px; }
.summary { font-size: 18px; }
.soft, figcaption, caption { color: var(--soft); }
nav ul { display: flex; flex-wrap: wrap; gap: 4px 18px; list-style: none; margin: 16px 0 0; padding: 0; }
a { color: var(--first); }
:focus-visible { outline: 2px solid var(--first); outline-offset: 2px; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 8px; margin: 20px 0 0; }
.facts div { background: var(--card); border-radius: 8px; padding: 10px 14px; }
.facts dt { color: var(--soft); font-size: 14px; }
.facts dd { margin: 0; font-size: 24px; font-variant-numeric: tabular-nums; }
.facts dd small { display: block; font-size: 13px; color: var(--soft); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); gap: 28px 24px; align-items: start; }
figure { margin: 20px 0 0; min-width: 0; }
figure svg { display: block; width: 100%; height: auto; }
figure .scroll svg { width: auto; max-width: none; }
figcaption { font-size: 14px; margin-top: 8px; max-width: 72ch; }
.scroll { overflow-x: auto; max-width: 100%; }
.tall { max-height: 420px; overflow: auto; }
table { border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums; margin: 12px 0 4px; }
caption { text-align: left; padding-bottom: 6px; min-width: 260px; }
th, td { padding: 4px 10px 4px 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--grid); }
thead th { border-bottom-color: var(--line); vertical-align: bottom; }
tbody th { font-weight: 600; min-width: 100px; }
.interval { color: var(--soft); }
section > h3 { margin-top: 32px; }
td.number, th.number { text-align: right; white-space: nowrap; }
td.text { overflow-wrap: anywhere; min-width: 120px; }
@media (max-width: 600px) { .interval { display: block; } .facts { grid-template-columns: 1fr 1fr; } }
.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(132px, 1fr)); gap: 14px; list-style: none; padding: 0; margin: 10px 0 20px; }
.pictures li { min-width: 0; font-size: 13px; line-height: 1.35; overflow-wrap: anywhere; }
.pictures img { display: block; width: 128px; height: 128px; border-radius: 6px; margin-bottom: 6px; }
.pair h3 { margin-top: 22px; }
@media print {
  :root {
    color-scheme: light;
    --page: #ffffff; --card: #f3f2ee; --text: #000000; --soft: #444444; --line: #8a8e94; --grid: #dddddd;
    --first: #1f5fa8; --second: #b34a00; --right: #1f5fa8; --wrong: #c2410c;
  }
  body { font-size: 11pt; }
  * { print-color-adjust: exact; }
  nav { display: none; }
  h2, h3 { break-after: avoid; }
  figure, .pictures li, tr, .facts { break-inside: avoid; }
  .scroll, .tall { overflow: visible; max-height: none; }
  figure .scroll svg { width: 100%; max-width: 100%; height: auto; }
}
`;
