import { select } from 'd3';
import { OUTLINES, type Mark } from './shapes';

const SHAPES: readonly (readonly [mark: Mark, name: string, meaning: string])[] = [
  ['accepted', 'accepted', 'The drafter guessed this token and the target agreed.'],
  ['bonus', 'bonus, correction', "The target's own token that ends each round."],
  ['rejected', 'rejected', 'The drafter guessed this token and the target chose another.'],
  ['notReached', 'not reached', 'Guessed after a token that was rejected, so it never came to a verdict.'],
];

const PHASES: readonly (readonly [phase: string, meaning: string])[] = [
  ['draft', 'Time in which the drafter proposes.'],
  ['verify', 'Time of the one forward in which the target scores all proposed tokens.'],
  ['rest', 'Choosing tokens, keeping the accepted rows, recording.'],
];

/** The four shapes and the three parts of a time bar, in words. */
export class Legend {
  private readonly pruned;

  constructor(parent: HTMLElement, showPruned: (shown: boolean) => void) {
    const root = select(parent).append('footer').attr('class', 'legend').attr('aria-label', 'Legend');
    const list = root.append('ul');
    const shape = list
      .selectAll('li.shape-name')
      .data(SHAPES)
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
      .data(PHASES)
      .join('li')
      .attr('class', 'phase-name')
      .attr('title', ([, meaning]) => meaning);
    phase.append('span').attr('class', ([name]) => `swatch bar-${name}`);
    phase.append('span').text(([name]) => name);
    this.pruned = root
      .append('button')
      .attr('class', 'link')
      .on('click', () => showPruned(this.pruned.attr('aria-pressed') !== 'true'));
  }

  draw(hasPruned: boolean, shown: boolean): void {
    this.pruned
      .attr('hidden', hasPruned ? null : '')
      .attr('aria-pressed', String(shown))
      .text(shown ? 'hide pruned' : 'show pruned');
  }
}
