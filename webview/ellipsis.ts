/** How much of a label fits: pure, so that a layout does not depend on what a browser measures. */

/** East Asian wide characters and emoji take two columns of a monospaced font. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

/** Columns of a monospaced font that a label takes. */
export function columns(label: string): number {
  let count = 0;
  for (const char of label) count += WIDE.test(char) ? 2 : 1;
  return count;
}

/** The label cut to at most `most` columns, the last one an ellipsis where something was left out. */
export function ellipsis(label: string, most: number): string {
  if (columns(label) <= most) return label;
  let kept = '';
  let used = 0;
  for (const char of label) {
    used += WIDE.test(char) ? 2 : 1;
    if (used > most - 1) break;
    kept += char;
  }
  return `${kept}…`;
}
