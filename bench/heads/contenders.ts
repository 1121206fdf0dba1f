import type { DrafterDescription } from '../../src/engine/drafter';
import { drafters, findDrafter } from '../../src/engine/drafters/catalogue';
import type { Contender } from '../spec/contenders';

/** Trees that every head is tried at, and how deep they may be: as deep as the heads that are trained here guess. */
export const SIZES = [4, 8, 16, 25] as const;
export const LARGEST = 25;
export const DEPTH = 5;

/** What the catalogue calls a head that suffix decoding stands beside. */
const BESIDE = '+suffix';

const needsHead = ({ needs }: DrafterDescription): boolean => typeof needs === 'object';

/** Drafters that run a head and nothing else, by id. */
export const headDrafters: readonly string[] = drafters
  .map(({ description }) => description)
  .filter((description) => needsHead(description) && !description.id.endsWith(BESIDE))
  .map(({ id }) => id);

/** Plain suffix decoding: what a head must beat to be worth its training. */
const SUFFIX = 'suffix';

/** The drafter that merges a head's offer with suffix decoding's. */
export const withSuffix = (head: string): string => `${head}${BESIDE}`;

/**
 * Every wanted head in fixed trees and under `costAware`, alone and beside suffix decoding, which also runs by itself.
 */
export function headContenders(heads: readonly string[]): Contender[] {
  const contender = (drafter: string, policy: Contender['policy'], nodes: number): Contender => {
    const { kind } = findDrafter(drafter).description;
    return { name: `${drafter} ${policy} ${nodes}`, drafter, kind, policy, nodes, depth: DEPTH };
  };
  return [
    ...heads.flatMap((head) => [
      ...SIZES.map((nodes) => contender(head, 'fixed', nodes)),
      contender(head, 'costAware', LARGEST),
      contender(withSuffix(head), 'costAware', LARGEST),
    ]),
    contender(SUFFIX, 'costAware', LARGEST),
  ];
}
