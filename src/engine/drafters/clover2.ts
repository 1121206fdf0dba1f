import { RecurrentHead } from '../heads/recurrentHead';
import { headEntry } from './headDrafter';

/**
 * Clover-2 (Xiao et al. 2024, arXiv 2408.00264): the block is told the root token too, so that it guesses the first level
 * itself, and one cell guesses all others.
 */
export const clover2 = headEntry(
  {
    id: 'clover2',
    name: 'Clover-2',
    summary: 'Reads the text with two trained layers and guesses on with a small recurrent cell.',
  },
  (card, parts) =>
    RecurrentHead.load(card, parts, {
      block: 'clover2-block',
      draft: 'clover2-draft',
      cells: new Array<string>(card.levels - 1).fill('clover2-step'),
    }),
);
