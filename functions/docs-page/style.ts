/**
 * @module functions/docs-page/style
 * Style of the docs page, for light and dark, from a phone's width up.
 */
export const STYLE = `
:root { color-scheme: light dark; --text: #1c1c1e; --quiet: #5c5650; --ground: #fbfaf8; --panel: #f1ece5; --accent: #8a4b14; }
@media (prefers-color-scheme: dark) {
  :root { --text: #f2efe9; --quiet: #b9b2a8; --ground: #1b1a18; --panel: #282623; --accent: #f0a75c; }
}
body { margin: 0 auto; max-width: 52rem; padding: 1.5rem 1rem 4rem; background: var(--ground); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.8rem; margin: 0 0 .5rem; }
h1 small { color: var(--quiet); font-size: 1rem; font-weight: normal; }
h2 { margin: 3rem 0 .25rem; }
h3 { margin: 0 0 .25rem; font-size: 1.1rem; }
h4 { margin: 1rem 0 .25rem; }
a { color: var(--accent); }
a:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
code, pre { font-family: ui-monospace, monospace; font-size: .9em; }
nav ul { list-style: none; margin: .75rem 0; padding: 0; }
nav li { margin: .25rem 0; }
article { margin: 1.5rem 0; padding-top: 1rem; border-top: 1px solid var(--panel); }
article:target { border-top-color: var(--accent); }
.method { display: inline-block; padding: 0 .4rem; border-radius: .3rem; background: var(--panel); font-size: .8rem; font-weight: 600; }
.summary { margin: 0; }
.type, .optional { color: var(--quiet); font-size: .9rem; }
.optional { font-style: italic; }
pre { background: var(--panel); padding: .75rem; border-radius: .5rem; white-space: pre-wrap; }
.or { margin: .25rem 0; color: var(--quiet); font-style: italic; }
dl { margin: .5rem 0; }
dt { margin-top: .5rem; }
dd { margin: 0 0 0 1rem; }
dd dl { padding-left: .75rem; border-left: 2px solid var(--panel); }
.answers { display: grid; grid-template-columns: max-content 1fr; gap: .5rem 1rem; }
.answers dt { margin: 0; font-weight: 600; }
.answers dd { margin: 0; }
`;
