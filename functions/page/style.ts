/**
 * @module functions/page/style
 * Style of the page, for light and dark, from a phone's width up.
 */
export const STYLE = `
:root { color-scheme: light dark; --text: #1c1c1e; --ground: #fbfaf8; --bar: #8a4b14; --rail: #e6e0d8; }
@media (prefers-color-scheme: dark) {
  :root { --text: #f2efe9; --ground: #1b1a18; --bar: #f0a75c; --rail: #3a3733; }
}
body { margin: 0; background: var(--ground); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 34rem; margin: 0 auto; padding: 1.5rem 1rem; }
h1 { font-size: 1.6rem; margin: 0 0 .5rem; }
.choose { display: block; padding: 1.25rem; border: 2px dashed var(--bar); border-radius: .75rem; }
.choose input { display: block; margin-top: .5rem; max-width: 100%; font: inherit; }
img { display: block; max-width: 100%; max-height: 20rem; margin: 1rem auto; border-radius: .75rem; }
ol { list-style: none; padding: 0; }
li { margin: .75rem 0; }
.name { display: flex; justify-content: space-between; gap: 1rem; }
progress { width: 100%; height: .75rem; border: 0; border-radius: .4rem; overflow: hidden; background: var(--rail); }
progress::-webkit-progress-bar { background: var(--rail); }
progress::-webkit-progress-value { background: var(--bar); }
progress::-moz-progress-bar { background: var(--bar); }
input, button { font: inherit; }
[hidden] { display: none; }
`;
