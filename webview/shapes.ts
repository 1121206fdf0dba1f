import { t } from '../src/l10n';
import type { NodeState } from '../src/decoding/walk';

/** What a token is in the picture. `drafting`: proposed, its verdict not known yet. */
export type Mark = NodeState | 'bonus' | 'correction' | 'drafting';

const CIRCLE = 'M-5,0a5,5 0 1,0 10,0a5,5 0 1,0 -10,0Z';
const DIAMOND = 'M0,-6.4L6.4,0L0,6.4L-6.4,0Z';

/** Outlines around (0, 0), about 11 px wide. State is told by outline first, by colour second. */
export const OUTLINES: Record<Mark, string> = {
  accepted: CIRCLE,
  bonus: DIAMOND,
  correction: DIAMOND,
  rejected: `${CIRCLE}M-3.4,-3.4L3.4,3.4M3.4,-3.4L-3.4,3.4`,
  notReached: CIRCLE,
  pruned: 'M-4.5,0H4.5',
  drafting: CIRCLE,
};

/** What became of a token, in a word. */
export function markName(mark: Mark): string {
  switch (mark) {
    case 'accepted':
      return t('accepted');
    case 'bonus':
      return t('bonus');
    case 'correction':
      return t('correction');
    case 'rejected':
      return t('rejected');
    case 'notReached':
      return t('not reached');
    case 'pruned':
      return t('pruned');
    case 'drafting':
      return t('drafted');
  }
}

const CORNER = 4;

/** From a shape's bottom down to `elbow`, across, and down to the next shape's top, with round corners. */
export function linkPath(
  from: { x: number; y: number },
  elbow: number,
  to: { x: number; y: number },
): string {
  if (from.x === to.x) return `M${from.x},${from.y}V${to.y}`;
  const side = Math.sign(to.x - from.x) * CORNER;
  return (
    `M${from.x},${from.y}V${elbow - CORNER}Q${from.x},${elbow} ${from.x + side},${elbow}` +
    `H${to.x - side}Q${to.x},${elbow} ${to.x},${elbow + CORNER}V${to.y}`
  );
}
