import { RecurrentHead } from '../heads/recurrentHead';
import { headEntry } from './headDrafter';
import { growByNucleus } from './levelGrowth';

/**
 * Clover (Xiao et al. 2024, arXiv 2405.00263): an augmenting block reads the text, and an attention decoder carries each
 * guessed token over to the next head. At temperature 0 its sampler grows the tree, which spends few nodes; above it
 * the shape is learned, as every head's is.
 */
export const clover = headEntry(
  {
    id: 'clover',
    name: 'Clover',
    summary: 'Lets trained heads guess one after another, each told what the one before it guessed.',
  },
  (card, parts) =>
    RecurrentHead.load(card, parts, {
      block: 'clover-block',
      cells: Array.from({ length: card.levels - 1 }, (_, i) => `clover-step-${i + 1}`),
    }),
  growByNucleus,
);
