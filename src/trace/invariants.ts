import { t } from '../l10n';
import type { Round, TraceHeader } from './schema';

/** Nodes of a round that are read: many times what any engine verifies at once, and soon looked through. */
export const MOST_NODES = 4096;

/** Whether what claims to be a round has too many nodes, as one clause; null when it has not. */
export function sizeFault(round: { readonly parent?: unknown }): string | null {
  const { parent } = round;
  if (!Array.isArray(parent) || parent.length <= MOST_NODES) return null;
  return t('drafts {0} nodes in one round, of which no more than {1} are read', parent.length, MOST_NODES);
}

/**
 * What must hold in a trace beyond the schema of a line, as one clause about the first rule that is broken:
 * null when all hold.
 *
 * Within a round:
 * - the draft's arrays have one entry a node, the emitted tokens' arrays one an emitted token;
 * - a node with a chance has a draw;
 * - parents stand before their children, and a child is one deeper than its parent;
 * - the accepted path goes down from the root token, and exactly its nodes are accepted;
 * - the emitted tokens, at least one, are the path's tokens and then the end token.
 */
export function roundFault(round: Round): string | null {
  return (
    lengthFault(round) ?? treeFault(round) ?? pathFault(round) ?? emittedFault(round) ?? targetTopFault(round)
  );
}

/**
 * Between lines: rounds count from 0, and each one starts at the token that the text before it ends with, the
 * first at the prompt's last token. Every token is in the header's vocabulary. Where the header's rule tries nodes,
 * each verdict is the one that its numbers give.
 */
export function succession(header: TraceHeader): (round: Round) => string | null {
  let index = 0;
  let position = header.prompt.tokens.length - 1;
  let token = header.prompt.tokens.at(-1);
  return (round) => {
    if (round.index !== index)
      return t('round {0} is missing, round {1} stands in its place', index, round.index);
    if (round.root.position !== position) {
      return t(
        'the root token stands at position {0}, but the text so far ends at {1}',
        round.root.position,
        position,
      );
    }
    if (round.root.token !== token) return t('the root token is not the last token of the text so far');
    const stranger = [...round.token, ...round.emitted].find((id) => id >= header.model.vocabulary);
    if (stranger !== undefined) {
      return t('token {0} is not in a vocabulary of {1}', stranger, header.model.vocabulary);
    }
    index += 1;
    position += round.emitted.length;
    token = round.emitted.at(-1);
    return verdictFault(header.acceptance.rule, round);
  };
}

/** How far a ratio of two numbers of seven digits may be from one of the numbers themselves. */
const ROUNDING = 1e-6;

function verdictFault(rule: string, round: Round): string | null {
  switch (rule) {
    case 'speculativeSampling':
    case 'multiRound':
      return trialFault(round);
    case 'block':
      return blockFault(round);
    default:
      return null;
  }
}

/** Each trial was won or lost by its draw, and the first of siblings had the chance that p and q gave it. */
function trialFault({ parent, state, draw, chance = [], p_sampler: p, q }: Round): string | null {
  for (const [node, has] of chance.entries()) {
    const drawn = draw[node];
    if (has === null || drawn === null) continue;
    if ((state[node] === 'accepted') !== drawn < has) {
      return t('node {0} is {1}, but its draw is {2} and its chance {3}', node, state[node], drawn, has);
    }
    const [own, drafter] = [p[node], q[node]];
    if (own === null || drafter === null || parent.indexOf(parent[node]) !== node) continue;
    const expected = Math.min(1, own / drafter);
    if (Math.abs(expected - has) > ROUNDING * Math.max(expected, has)) {
      return t('node {0} had the chance {1}, but p_sampler / q is {2}', node, has, own / drafter);
    }
  }
  return null;
}

/** The path ends with the last node whose draw is below its chance, or before it where the text ended. */
function blockFault({ accepted_path: path, draw, chance = [], end }: Round): string | null {
  let length = 0;
  for (const [node, has] of chance.entries()) {
    const drawn = draw[node];
    if (has !== null && drawn !== null && drawn < has) length = node + 1;
  }
  const right = end.kind === 'none' ? path.length <= length : path.length === length;
  return right ? null : t('{0} nodes are accepted, but draws and chances accept {1}', path.length, length);
}

const NODE_ARRAYS = [
  'token',
  'bytes',
  'text',
  'depth',
  'q',
  'p',
  'p_sampler',
  'draw',
  'state',
  'source',
] as const;
const EMITTED_ARRAYS = ['emitted_bytes', 'emitted_text', 'emitted_p'] as const;

function lengthFault(round: Round): string | null {
  for (const name of NODE_ARRAYS) {
    if (round[name].length !== round.parent.length) {
      return t('`{0}` has {1} entries, but `parent` has {2}', name, round[name].length, round.parent.length);
    }
  }
  const { chance } = round;
  if (chance !== undefined) {
    if (chance.length !== round.parent.length) {
      return t('`chance` has {0} entries, but `parent` has {1}', chance.length, round.parent.length);
    }
    const alone = chance.findIndex((has, node) => has !== null && round.draw[node] === null);
    if (alone >= 0) return t('node {0} has a chance, but no draw', alone);
  }
  for (const name of EMITTED_ARRAYS) {
    if (round[name].length !== round.emitted.length) {
      return t(
        '`{0}` has {1} entries, but `emitted` has {2}',
        name,
        round[name].length,
        round.emitted.length,
      );
    }
  }
  return null;
}

function treeFault({ parent, depth }: Round): string | null {
  for (let i = 0; i < parent.length; i++) {
    if (parent[i] >= i) return t('node {0} stands before its parent {1}', i, parent[i]);
    const expected = parent[i] < 0 ? 1 : depth[parent[i]] + 1;
    if (depth[i] !== expected) return t('node {0} has depth {1}, not {2}', i, depth[i], expected);
  }
  return null;
}

function pathFault({ parent, state, accepted_path: path }: Round): string | null {
  let above = -1;
  for (const node of path) {
    if (node >= parent.length) return t('`accepted_path` names node {0}, which is not there', node);
    if (parent[node] !== above) return t('`accepted_path` jumps to node {0}', node);
    if (state[node] !== 'accepted') return t('node {0} is on `accepted_path`, but {1}', node, state[node]);
    above = node;
  }
  const accepted = state.filter((s) => s === 'accepted').length;
  if (accepted !== path.length)
    return t('{0} nodes are accepted, {1} are on `accepted_path`', accepted, path.length);
  return null;
}

function emittedFault({ emitted, accepted_path: path, token, end }: Round): string | null {
  if ((end.kind === 'none') !== (end.token === null)) {
    return t('the round ends with {0}, but its token is {1}', end.kind, String(end.token));
  }
  const expected = path.map((node) => token[node]);
  if (end.token !== null) expected.push(end.token);
  if (expected.length === 0) return t('the round emits no token');
  if (expected.length !== emitted.length || expected.some((id, i) => id !== emitted[i])) {
    return t('`emitted` is not the tokens of `accepted_path` and then the end token');
  }
  return null;
}

function targetTopFault({ target_top: rows, parent }: Round): string | null {
  for (const { row, token, text, p } of rows) {
    if (row > parent.length) return t('`target_top` names row {0}, which is not there', row);
    if (text.length !== token.length || p.length !== token.length) {
      return t('the arrays of `target_top` at row {0} differ in length', row);
    }
  }
  return null;
}
