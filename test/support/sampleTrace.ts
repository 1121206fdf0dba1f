import type { NodeState } from '../../src/decoding/walk';
import type { Trace } from '../../src/trace/parse';
import type { Round, TraceHeader, TraceSummary } from '../../src/trace/schema';
import { recount, summarise } from '../../src/trace/summary';

/**
 * A small trace that is valid by every rule and has one round of each kind, as a pure function: nothing was
 * measured, the times are round numbers.
 *
 * | round | draft                    | what happens                                             |
 * |-------|--------------------------|----------------------------------------------------------|
 * | 0     | none                     | plain step: one bonus token                              |
 * | 1     | chain of 2               | both accepted, bonus                                     |
 * | 2     | tree of 5, one pruned    | one accepted, correction; the others rejected, not reached |
 * | 3     | chain of 3               | accepted up to the end token, no further token           |
 */
export function sampleTrace(): { header: TraceHeader; rounds: Round[] } {
  return { header: sampleHeader(), rounds: sampleRounds() };
}

/** What reading the sample trace gives, when it was written to its end. */
export function wholeSampleTrace(): Trace & { readonly summary: TraceSummary } {
  const { header, rounds } = sampleTrace();
  return {
    header,
    rounds,
    counts: recount(header, rounds),
    doubts: [],
    laterVersion: null,
    summary: summarise(header, rounds, 'stop'),
    truncated: false,
    reason: '',
  };
}

/** The end token, which has no bytes. */
export const SAMPLE_END = 2;

/** The tokens' bytes. 15 and 16 are two halves of one character, U+1F331. */
const PIECES = new Map<number, Buffer>([
  [1, Buffer.alloc(0)],
  [SAMPLE_END, Buffer.alloc(0)],
  [10, Buffer.from('One')],
  [11, Buffer.from(' two')],
  [12, Buffer.from(' three')],
  [13, Buffer.from(' four')],
  [14, Buffer.from(' five')],
  [15, Buffer.from([0xf0, 0x9f])],
  [16, Buffer.from([0x8c, 0xb1])],
  [17, Buffer.from(' six')],
]);

const LABELS = new Map([
  [1, '<|im_start|>'],
  [SAMPLE_END, '<|im_end|>'],
]);

function bytesOf(token: number): string {
  return PIECES.get(token)!.toString('base64');
}

function textOf(token: number): string {
  return LABELS.get(token) ?? PIECES.get(token)!.toString('utf8');
}

export function sampleHeader(): TraceHeader {
  return {
    type: 'header',
    schema: 'spectrace/1',
    created: '2026-01-02T03:04:05.678Z',
    versions: { draftscope: '0.1.0', onnxruntime: '1.30.0', node: '20.19.0' },
    model: {
      id: 'default',
      name: 'Sample-1M-Instruct Q4_1',
      architecture: 'llama',
      files: [{ name: 'sample.gguf', bytes: 1_234_567, sha256: 'a'.repeat(64) }],
      vocabulary: 32,
      context: 128,
    },
    weights: 'file',
    provider: 'cpu',
    threads: 2,
    drafter: { id: 'suffix', name: 'Suffix decoding', qIsLaw: false },
    acceptance: { rule: 'sampled', lossless: true },
    sampler: { temperature: 0.8, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed: 7 },
    limits: { maxTokens: 64, context: 128, endTokens: [SAMPLE_END], stop: [] },
    clock: { source: 'performance.now', unit: 'us' },
    machine: { platform: 'linux', arch: 'x64', cpu: 'Sample CPU', cores: 2, memoryBytes: 8 * 1024 ** 3 },
    prompt: { tokens: [1, 10, 11, 12], text: '<|im_start|>One two three' },
    prefill: { reused: 0, t_us: 5000 },
  };
}

function sampleRounds(): Round[] {
  const times = { draft: 100, verify: 4000, sample: 300, commit: 50, total: 4500 };
  const head = sampleHeader();
  return chain(head, [
    {
      start_us: 5000,
      nodes: [],
      path: [],
      end: { kind: 'bonus', token: 13 },
      t_us: { draft: 0, verify: 2000, sample: 200, commit: 50, total: 2300 },
    },
    {
      start_us: 7500,
      nodes: [
        { parent: -1, token: 14, q: 0.75, state: 'accepted' },
        { parent: 0, token: 15, q: 0.5, state: 'accepted' },
      ],
      path: [0, 1],
      end: { kind: 'bonus', token: 16 },
      t_us: times,
    },
    {
      start_us: 12_250,
      nodes: [
        { parent: -1, token: 10, q: 0.5, state: 'accepted' },
        { parent: -1, token: 17, q: 0.25, state: 'rejected' },
        { parent: 0, token: 11, q: 0.4, state: 'rejected' },
        { parent: 1, token: 12, q: 0.2, state: 'notReached' },
        { parent: 2, token: 12, q: 0.1, state: 'pruned' },
      ],
      path: [0],
      end: { kind: 'correction', token: 17 },
      t_us: { ...times, draft: 150.5, total: 4600.25 },
    },
    {
      start_us: 17_000,
      nodes: [
        { parent: -1, token: 11, q: null, state: 'accepted' },
        { parent: 0, token: SAMPLE_END, q: null, state: 'accepted' },
        { parent: 1, token: 10, q: null, state: 'notReached' },
      ],
      path: [0, 1],
      end: { kind: 'none', token: null },
      t_us: times,
    },
  ]);
}

interface SampleNode {
  readonly parent: number;
  readonly token: number;
  readonly q: number | null;
  readonly state: NodeState;
}

interface SampleRound {
  readonly start_us: number;
  readonly nodes: readonly SampleNode[];
  readonly path: readonly number[];
  readonly end: Round['end'];
  readonly t_us: Round['t_us'];
}

/** Rounds that follow each other, from what is particular to each one. */
function chain(header: TraceHeader, rounds: readonly SampleRound[]): Round[] {
  let position = header.prompt.tokens.length - 1;
  let token = header.prompt.tokens.at(-1)!;
  return rounds.map(({ start_us, nodes, path, end, t_us }, index) => {
    const depth: number[] = [];
    for (const { parent } of nodes) depth.push(parent < 0 ? 1 : depth[parent] + 1);
    const emitted = path.map((node) => nodes[node].token);
    if (end.token !== null) emitted.push(end.token);
    const reached = (state: NodeState) => state === 'accepted' || state === 'rejected';
    const walkedRows = [0, ...path.map((node) => node + 1)].slice(0, emitted.length);
    const round: Round = {
      type: 'round',
      index,
      start_us,
      root: { token, position },
      budget: { nodes: 8, depth: 8, policy: 'fixed', reason: '8 nodes asked for in the settings' },
      parent: nodes.map((node) => node.parent),
      token: nodes.map((node) => node.token),
      bytes: nodes.map((node) => bytesOf(node.token)),
      text: nodes.map((node) => textOf(node.token)),
      depth,
      q: nodes.map((node) => node.q),
      p: nodes.map(({ state }) => (state === 'pruned' ? null : state === 'accepted' ? 0.6 : 0.1)),
      p_sampler: nodes.map(({ state }) => (reached(state) ? (state === 'accepted' ? 0.7 : 0.05) : null)),
      draw: nodes.map(({ state }) => (reached(state) ? 0.25 : null)),
      state: nodes.map((node) => node.state),
      source: nodes.map((node) => `suffix:${3 + node.parent}`),
      accepted_path: [...path],
      emitted,
      emitted_bytes: emitted.map(bytesOf),
      emitted_text: emitted.map(textOf),
      emitted_p: emitted.map(() => 0.6),
      end,
      target_top: walkedRows.map((row, i) => ({
        row,
        token: [emitted[i], 12],
        text: [textOf(emitted[i]), textOf(12)],
        p: [0.6, 0.15],
      })),
      t_us,
      kv: { before: position, after: position + emitted.length },
    };
    position += emitted.length;
    token = emitted.at(-1)!;
    return round;
  });
}
