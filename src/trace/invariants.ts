import type { Round, TraceHeader } from './schema';

/**
 * What must hold in a trace beyond the schema of a line, as one clause about the first rule that is broken:
 * null when all hold.
 *
 * Within a round:
 * - the draft's arrays have one entry a node, the emitted tokens' arrays one an emitted token;
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
 * first at the prompt's last token. Every token is in the header's vocabulary.
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
    return null;
  };
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
