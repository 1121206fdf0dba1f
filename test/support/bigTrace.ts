import fs from 'node:fs';
import type { Round, TraceHeader } from '../../src/trace/schema';
import { sampleHeader } from './sampleTrace';

/** The shape of one draft: parents by node, -1 for a child of the root token. */
export type Shape = (node: number) => number;

/** One path down. */
export const CHAIN: Shape = (node) => node - 1;
/** All beside each other. */
export const FAN: Shape = () => -1;
/** Each node has two children. */
export const BINARY: Shape = (node) => (node < 2 ? -1 : (node >> 1) - 1);

export interface BigTrace {
  readonly rounds: number;
  /** Nodes of each round. */
  readonly nodes: number;
  readonly shape?: Shape;
  /** What the token of every node is written as. */
  readonly text?: string;
}

const TOKEN = 7;
/** Lines that are written at once. */
const BATCH = 256;

export function bigHeader(): TraceHeader {
  const header = sampleHeader();
  const points = [1, 2, 4, 8, 16, 32, 64].map((rows) => ({ rows, past: 0, us: 10_000 + 500 * rows }));
  return {
    ...header,
    model: { ...header.model, vocabulary: 50_000 },
    acceptance: { rule: 'greedy', lossless: true },
    sampler: { ...header.sampler, temperature: 0 },
    cost: { measured: '', cached: true, points },
    prompt: { tokens: [1, TOKEN], text: 'x' },
  };
}

/**
 * Writes a trace of any size that is valid by every rule, without holding it: each round accepts its first path's
 * first node and ends with a bonus token or a correction, so that all lines but their first fields are the same.
 */
export function writeBigTrace(file: string, trace: BigTrace): void {
  const out = fs.openSync(file, 'w');
  try {
    const write = (text: string) => fs.writeSync(out, text);
    write(`${JSON.stringify(bigHeader())}\n`);
    const rest = `${JSON.stringify(sameOfEach(trace)).slice(1)}\n`;
    for (let first = 0; first < trace.rounds; first += BATCH) {
      const last = Math.min(first + BATCH, trace.rounds);
      let lines = '';
      for (let index = first; index < last; index++) lines += ownOf(index) + rest;
      write(lines);
    }
  } finally {
    fs.closeSync(out);
  }
}

/** The start of a round's line, up to what is the same in each. */
function ownOf(index: number): string {
  const position = 1 + 2 * index;
  const own: Pick<Round, 'type' | 'index' | 'start_us' | 'root' | 'kv'> = {
    type: 'round',
    index,
    start_us: 5000 + 20_000 * index,
    root: { token: TOKEN, position },
    kv: { before: position, after: position + 2 },
  };
  return `${JSON.stringify(own).slice(0, -1)},`;
}

function sameOfEach({
  nodes,
  shape = BINARY,
  text = ' token',
}: BigTrace): Omit<Round, 'type' | 'index' | 'start_us' | 'root' | 'kv'> {
  const parent = Array.from({ length: nodes }, (_, node) => shape(node));
  const depth: number[] = [];
  for (const above of parent) depth.push(above < 0 ? 1 : depth[above] + 1);
  const each = <T>(value: T): T[] => parent.map(() => value);
  const bytes = Buffer.from(text).toString('base64');
  return {
    budget: { nodes, depth: depth.reduce((a, b) => Math.max(a, b), 0), policy: 'fixed', reason: 'made up' },
    parent,
    token: parent.map((_, node) => (node === 0 ? TOKEN : 100 + (node % 40_000))),
    bytes: each(bytes),
    text: each(text),
    depth,
    q: each(0.25),
    p: each(0.125),
    p_sampler: each(null),
    draw: each(null),
    state: parent.map((above, node) => (node === 0 ? 'accepted' : above <= 0 ? 'rejected' : 'notReached')),
    source: each('suffix:7'),
    accepted_path: [0],
    emitted: [TOKEN, TOKEN],
    emitted_bytes: [bytes, bytes],
    emitted_text: [text, text],
    emitted_p: [0.125, 0.5],
    end: { kind: parent.includes(0) ? 'correction' : 'bonus', token: TOKEN },
    target_top: [
      { row: 0, token: [TOKEN, 9], text: [text, ' other'], p: [0.5, 0.125] },
      { row: 1, token: [TOKEN, 9], text: [text, ' other'], p: [0.5, 0.125] },
    ],
    t_us: { draft: 500, verify: 19_000, sample: 300, commit: 100, total: 20_000 },
  };
}
