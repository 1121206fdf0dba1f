import type { Round, TraceHeader } from './schema';

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
    if (round.index !== index) return `round ${index} is missing, round ${round.index} stands in its place`;
    if (round.root.position !== position) {
      return `the root token stands at position ${round.root.position}, but the text so far ends at ${position}`;
    }
    if (round.root.token !== token) return 'the root token is not the last token of the text so far';
    const stranger = [...round.token, ...round.emitted].find((id) => id >= header.model.vocabulary);
    if (stranger !== undefined) {
      return `token ${stranger} is not in a vocabulary of ${header.model.vocabulary}`;
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
      return `node ${node} is ${state[node]}, but its draw is ${drawn} and its chance ${has}`;
    }
    const [own, drafter] = [p[node], q[node]];
    if (own === null || drafter === null || parent.indexOf(parent[node]) !== node) continue;
    const expected = Math.min(1, own / drafter);
    if (Math.abs(expected - has) > ROUNDING * Math.max(expected, has)) {
      return `node ${node} had the chance ${has}, but p_sampler / q is ${own / drafter}`;
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
  return right ? null : `${path.length} nodes are accepted, but draws and chances accept ${length}`;
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
      return `\`${name}\` has ${round[name].length} entries, but \`parent\` has ${round.parent.length}`;
    }
  }
  const { chance } = round;
  if (chance !== undefined) {
    if (chance.length !== round.parent.length) {
      return `\`chance\` has ${chance.length} entries, but \`parent\` has ${round.parent.length}`;
    }
    const alone = chance.findIndex((has, node) => has !== null && round.draw[node] === null);
    if (alone >= 0) return `node ${alone} has a chance, but no draw`;
  }
  for (const name of EMITTED_ARRAYS) {
    if (round[name].length !== round.emitted.length) {
      return `\`${name}\` has ${round[name].length} entries, but \`emitted\` has ${round.emitted.length}`;
    }
  }
  return null;
}

function treeFault({ parent, depth }: Round): string | null {
  for (let i = 0; i < parent.length; i++) {
    if (parent[i] >= i) return `node ${i} stands before its parent ${parent[i]}`;
    const expected = parent[i] < 0 ? 1 : depth[parent[i]] + 1;
    if (depth[i] !== expected) return `node ${i} has depth ${depth[i]}, not ${expected}`;
  }
  return null;
}

function pathFault({ parent, state, accepted_path: path }: Round): string | null {
  let above = -1;
  for (const node of path) {
    if (node >= parent.length) return `\`accepted_path\` names node ${node}, which is not there`;
    if (parent[node] !== above) return `\`accepted_path\` jumps to node ${node}`;
    if (state[node] !== 'accepted') return `node ${node} is on \`accepted_path\`, but ${state[node]}`;
    above = node;
  }
  const accepted = state.filter((s) => s === 'accepted').length;
  if (accepted !== path.length)
    return `${accepted} nodes are accepted, ${path.length} are on \`accepted_path\``;
  return null;
}

function emittedFault({ emitted, accepted_path: path, token, end }: Round): string | null {
  if ((end.kind === 'none') !== (end.token === null)) {
    return `the round ends with ${end.kind}, but its token is ${end.token}`;
  }
  const expected = path.map((node) => token[node]);
  if (end.token !== null) expected.push(end.token);
  if (expected.length === 0) return 'the round emits no token';
  if (expected.length !== emitted.length || expected.some((id, i) => id !== emitted[i])) {
    return '`emitted` is not the tokens of `accepted_path` and then the end token';
  }
  return null;
}

function targetTopFault({ target_top: rows, parent }: Round): string | null {
  for (const { row, token, text, p } of rows) {
    if (row > parent.length) return `\`target_top\` names row ${row}, which is not there`;
    if (text.length !== token.length || p.length !== token.length) {
      return `the arrays of \`target_top\` at row ${row} differ in length`;
    }
  }
  return null;
}
