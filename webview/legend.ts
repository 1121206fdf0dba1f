import { select } from 'd3';
import { t } from '../src/l10n';
import { OUTLINES, type Mark } from './shapes';
import { setAttributes, setHidden, setText } from './write';

/** The four shapes: what each is called and what it means. */
export function legendShapes(): readonly (readonly [mark: Mark, name: string, meaning: string])[] {
  return [
    ['accepted', t('accepted'), t('The drafter guessed this token and the target agreed.')],
    ['bonus', t('bonus, correction'), t("The target's own token that ends each round.")],
    ['rejected', t('rejected'), t('The drafter guessed this token and the target chose another.')],
    [
      'notReached',
      t('not reached'),
      t('Guessed after a token that was rejected, so it never came to a verdict.'),
    ],
  ];
}

/** The three parts of a time bar. */
export function legendPhases(): readonly (readonly [
  phase: 'draft' | 'verify' | 'rest',
  name: string,
  meaning: string,
])[] {
  return [
    ['draft', t('draft'), t('Time in which the drafter proposes.')],
    ['verify', t('verify'), t('Time of the one forward in which the target scores all proposed tokens.')],
    ['rest', t('rest'), t('Choosing tokens, keeping the accepted rows, recording.')],
  ];
}

/** The four shapes and the three parts of a time bar, in words. */
export class Legend {
  readonly element: HTMLElement;
  private readonly pruned;

  constructor(parent: HTMLElement, showPruned: (shown: boolean) => void) {
    const root = select(parent).append('footer').attr('class', 'legend').attr('aria-label', t('Legend'));
    this.element = root.node()!;
    const list = root.append('ul');
    const shape = list
      .selectAll('li.shape-name')
      .data(legendShapes())
      .join('li')
      .attr('class', 'shape-name')
      .attr('title', ([, , meaning]) => meaning);
    shape
      .append('svg')
      .attr('width', 14)
      .attr('height', 14)
      .attr('viewBox', '-7 -7 14 14')
      .attr('aria-hidden', 'true')
      .attr('data-mark', ([mark]) => mark)
      .append('path')
      .attr('class', 'shape')
      .attr('d', ([mark]) => OUTLINES[mark]);
    shape.append('span').text(([, name]) => name);
    const phase = list
      .selectAll('li.phase-name')
      .data(legendPhases())
      .join('li')
      .attr('class', 'phase-name')
      .attr('title', ([, , meaning]) => meaning);
    phase.append('span').attr('class', ([name]) => `swatch bar-${name}`);
    phase.append('span').text(([, name]) => name);
    this.pruned = root
      .append('button')
      .attr('class', 'link')
      .on('click', () => showPruned(this.pruned.attr('aria-pressed') !== 'true'));
  }

  draw(hasPruned: boolean, shown: boolean): void {
    setHidden(this.pruned, !hasPruned);
    setAttributes(this.pruned, { 'aria-pressed': shown });
    setText(this.pruned, shown ? t('hide pruned') : t('show pruned'));
  }
}
