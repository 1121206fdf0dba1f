import { select } from 'd3';
import { t } from '../src/l10n';
import type { FromView } from '../src/protocol/view';
import { OUTLINES } from './shapes';
import { setHidden } from './write';

type Command = Extract<FromView, { type: 'command' }>['command'];

/** What to see here, before there is anything to see: the idea in three sentences, and two ways to begin. */
export class Welcome {
  private readonly root;

  constructor(parent: HTMLElement, run: (command: Command) => void) {
    this.root = select(parent).append('section').attr('class', 'welcome');
    this.root.append('h1').text(t('See every guess and its verdict'));
    const steps = this.root
      .append('ol')
      .selectAll('li')
      .data([
        ['notReached', t('A small drafter guesses the next tokens.')],
        ['accepted', t('The model checks all guesses in one forward and keeps those it agrees with.')],
        ['bonus', t('Where it disagrees, or when the guesses are used up, it adds a token of its own.')],
      ] as const)
      .join('li');
    steps
      .append('svg')
      .attr('width', 16)
      .attr('height', 16)
      .attr('viewBox', '-8 -8 16 16')
      .attr('aria-hidden', 'true')
      .attr('data-mark', ([mark]) => mark)
      .append('path')
      .attr('class', 'shape')
      .attr('d', ([mark]) => OUTLINES[mark]);
    steps.append('span').text(([, sentence]) => sentence);
    this.root
      .append('p')
      .text(
        t(
          'That is one round. The text is the same as without the drafter; the more guesses hold, the faster it comes.',
        ),
      );
    const actions = this.root.append('div').attr('class', 'actions');
    const button = (name: string, kind: string, command: Command) =>
      actions
        .append('button')
        .attr('class', kind)
        .text(name)
        .on('click', () => run(command));
    button(t('Generate from Prompt'), 'primary', 'generate');
    button(t('Open Sample Trace'), 'secondary', 'openSample');
  }

  /** @param idle whether there is nothing to wait for, so that the user may begin something */
  draw(shown: boolean, idle: boolean): void {
    setHidden(this.root, !shown);
    setHidden(this.root.select('.actions'), !idle);
  }
}
