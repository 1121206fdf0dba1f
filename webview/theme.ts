/** What the canvas draws with, read from the style sheet, which has it from the editor's theme. */
export interface Theme {
  readonly ground: string;
  readonly foreground: string;
  readonly quiet: string;
  readonly accepted: string;
  readonly bonus: string;
  readonly rejected: string;
  readonly notReached: string;
  readonly draft: string;
  readonly verify: string;
  readonly rest: string;
  /** Whether tints are too faint, so that outlines take their place. */
  readonly highContrast: boolean;
  readonly textFont: string;
  readonly tokenFont: string;
  /** Pixels at either side of a band. */
  readonly side: number;
}

/** Reads the theme as it is for an element, through a probe in it: variables may be made of others. */
export function readTheme(element: HTMLElement): Theme {
  const probe = document.createElement('span');
  element.append(probe);
  const style = getComputedStyle(probe);
  const colour = (value: string) => {
    probe.style.color = value;
    return style.color;
  };
  probe.style.fontFamily = 'var(--token-font)';
  const theme: Theme = {
    ground: colour('var(--ground)'),
    foreground: colour('var(--vscode-foreground)'),
    quiet: colour('var(--quiet)'),
    accepted: colour('var(--accepted)'),
    bonus: colour('var(--bonus)'),
    rejected: colour('var(--rejected)'),
    notReached: colour('var(--not-reached)'),
    draft: colour('var(--draft)'),
    verify: colour('var(--verify)'),
    rest: colour('var(--rest)'),
    highContrast: document.body.matches('.vscode-high-contrast, .vscode-high-contrast-light'),
    textFont: getComputedStyle(element).fontFamily,
    tokenFont: style.fontFamily,
    side: parseFloat(getComputedStyle(element).getPropertyValue('--side')),
  };
  probe.remove();
  return theme;
}

/** Calls `changed` when the editor's theme, its contrast or the screen's pixels become others. */
export function watchTheme(changed: () => void): void {
  // The editor sets the variables on the root and the kind of theme on the body.
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributeFilter: ['style', 'class'] });
  observer.observe(document.body, { attributeFilter: ['class', 'data-vscode-theme-id'] });
  for (const query of ['(forced-colors: active)', '(prefers-contrast: more)']) {
    matchMedia(query).addEventListener('change', changed);
  }
  const watchPixels = () => {
    matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener(
      'change',
      () => {
        changed();
        watchPixels();
      },
      { once: true },
    );
  };
  watchPixels();
}
