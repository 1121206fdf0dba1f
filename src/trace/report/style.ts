/** The report's style sheet: light and dark by the reader's preference, no font and no picture to fetch. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1f1f1f; --paper: #fff; --soft: #6b6b6b; --line: #c8c8c8;
  --accepted: #1a7f5a; --bonus: #8a6100; --rejected: #b3402a; --cost: #1f5fa8; }
@media (prefers-color-scheme: dark) { :root { --ink: #dcdcdc; --paper: #1a1a1a; --soft: #9a9a9a; --line: #444;
  --accepted: #4fd1a5; --bonus: #e2b64e; --rejected: #f08a72; --cost: #6fb1f5; } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 52rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.3rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
small, figcaption, .tick { color: var(--soft); fill: var(--soft); }
.warnings { border-left: 3px solid var(--rejected); }
figure { margin: 1rem 0; } svg { width: 100%; height: auto; } svg text { font-size: 11px; }
.axis { stroke: var(--line); fill: none; } .line { stroke-width: 2; fill: none; } h3 { font-size: 1rem; margin: 0; }
.cost, .conditional, .forwards { --colour: var(--cost); } .tokens, .best { --colour: var(--accepted); }
.breakEven, .possible { --colour: var(--bonus); } .now, .drafted { --colour: var(--soft); }
figure .accepted { --colour: var(--accepted); } .line { stroke: var(--colour); }
.tokens, .possible { stroke-dasharray: 5 4; } .breakEven { stroke-dasharray: 2 3; } .best, .now { stroke-width: 1; }
.forwards { fill: var(--colour); fill-opacity: 0.45; } g.accepted { fill: var(--colour); }
g.drafted { fill: none; stroke: var(--colour); stroke-width: 0.6; }
.key { list-style: none; padding: 0; margin: 0; display: flex; flex-wrap: wrap; gap: 0 1rem; font-size: 13px; }
.key li::before { content: '\\25a0\\a0'; color: var(--colour); }
table { border-collapse: collapse; margin: 1rem 0; width: 100%; } caption { text-align: left; font-weight: 600; }
th, td { border-bottom: 1px solid var(--line); padding: 2px 8px; text-align: left; font-weight: normal; }
td { font-variant-numeric: tabular-nums; } .metric td:last-child { min-width: 4.5rem; }
.text { font-family: ui-monospace, monospace; white-space: pre-wrap; }
span.accepted { border-bottom: 2px solid var(--accepted); } span.bonus { border-bottom: 2px dashed var(--bonus); }
span.correction { border-bottom: 2px double var(--rejected); }
`;
