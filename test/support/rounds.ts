import type { NodeState } from '../../src/decoding/walk';
import type { ToView } from '../../src/protocol/view';
import { encodeNodes } from '../../src/trace/nodeSlice';
import { pushRound, roundColumns } from '../../src/trace/roundColumns';
import type { Round, TraceHeader, TraceSummary } from '../../src/trace/schema';

/** Rounds for tests of the view: written as one would tell them, filled up to whole records. Nothing is measured. */

/** A drafted token; `children` are its continuations. */
export interface Guess {
  readonly text: string;
  readonly p?: number | null;
  readonly q?: number | null;
  readonly state: NodeState;
  readonly children?: readonly Guess[];
}

export interface Story {
  readonly guesses: readonly Guess[];
  readonly end: { readonly kind: Round['end']['kind']; readonly text?: string; readonly p?: number };
  /** The target's other candidates where the round ended. */
  readonly others?: readonly (readonly [text: string, p: number])[];
  readonly draw?: number | null;
  readonly source?: string;
  /** Milliseconds. */
  readonly draft?: number;
  readonly verify?: number;
}

export const header: TraceHeader = {
  type: 'header',
  schema: 'spectrace/1',
  created: '2026-02-03T04:05:06.789Z',
  versions: { draftscope: '0.1.0', onnxruntime: '1.30.0', node: '20.19.0' },
  model: {
    id: 'default',
    name: 'SmolLM2-135M-Instruct',
    architecture: 'llama',
    files: [{ name: 'model.gguf', bytes: 98_000_000, sha256: 'b'.repeat(64) }],
    vocabulary: 1 << 20,
    context: 2048,
  },
  weights: 'int8',
  provider: 'cpu',
  threads: 4,
  drafter: { id: 'suffix', name: 'Suffix decoding', qIsLaw: false },
  acceptance: { rule: 'sampled', lossless: true },
  sampler: { temperature: 0.8, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed: 11 },
  limits: { maxTokens: 512, context: 2048, endTokens: [2], stop: [] },
  clock: { source: 'performance.now', unit: 'us' },
  machine: {
    platform: 'linux',
    arch: 'x64',
    cpu: 'Example CPU 3.0 GHz',
    cores: 8,
    memoryBytes: 16 * 1024 ** 3,
  },
  prompt: { tokens: [1, 300, 301], text: '<|im_start|>user\nWhat is a binary search tree?<|im_end|>\n' },
  prefill: { reused: 0, t_us: 41_000 },
};

/** Equal texts are equal tokens. */
function tokenOf(text: string): number {
  let hash = 7;
  for (const char of text) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) % ((1 << 20) - 10);
  return hash + 3;
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** The rounds of a run, one after another from the header's prompt. */
export function tell(stories: readonly Story[], run: TraceHeader = header): Round[] {
  let position = run.prompt.tokens.length - 1;
  let root = run.prompt.tokens[position];
  let clock = run.prefill.t_us;
  return stories.map((story, index) => {
    const round = record(story, index, { token: root, position }, clock, run);
    position += round.emitted.length;
    root = round.emitted.at(-1)!;
    clock += round.t_us.total;
    return round;
  });
}

function record(story: Story, index: number, root: Round['root'], start_us: number, run: TraceHeader): Round {
  const nodes: { guess: Guess; parent: number; depth: number }[] = [];
  const visit = (guesses: readonly Guess[], parent: number, depth: number) => {
    for (const guess of guesses) {
      nodes.push({ guess, parent, depth });
      visit(guess.children ?? [], nodes.length - 1, depth + 1);
    }
  };
  visit(story.guesses, -1, 1);
  const path = nodes.flatMap(({ guess }, node) => (guess.state === 'accepted' ? [node] : []));
  const texts = path.map((node) => nodes[node].guess.text);
  const ps = path.map((node) => nodes[node].guess.p ?? null);
  if (story.end.kind !== 'none') {
    texts.push(story.end.text ?? '');
    ps.push(story.end.p ?? 0.5);
  }
  const reached = (state: NodeState) => state === 'accepted' || state === 'rejected';
  const draw = run.sampler.temperature === 0 ? null : (story.draw ?? 0.471);
  const draft = (story.draft ?? 0.3) * 1000;
  const verify = (story.verify ?? 20) * 1000;
  const last = path.at(-1) ?? -1;
  return {
    type: 'round',
    index,
    start_us,
    root,
    budget: { nodes: 16, depth: 8, policy: 'fixed', reason: '16 nodes asked for in the settings' },
    parent: nodes.map(({ parent }) => parent),
    token: nodes.map(({ guess }) => tokenOf(guess.text)),
    bytes: nodes.map(({ guess }) => base64(guess.text)),
    text: nodes.map(({ guess }) => guess.text),
    depth: nodes.map(({ depth }) => depth),
    q: nodes.map(({ guess }) => guess.q ?? null),
    p: nodes.map(({ guess }) => guess.p ?? null),
    p_sampler: nodes.map(({ guess }) => (reached(guess.state) ? (guess.p ?? null) : null)),
    draw: nodes.map(({ guess }) => (reached(guess.state) ? draw : null)),
    state: nodes.map(({ guess }) => guess.state),
    source: nodes.map(() => story.source ?? 'suffix:7'),
    accepted_path: path,
    emitted: texts.map(tokenOf),
    emitted_bytes: texts.map(base64),
    emitted_text: texts,
    emitted_p: ps,
    end: {
      kind: story.end.kind,
      token: story.end.kind === 'none' ? null : tokenOf(story.end.text ?? ''),
    },
    target_top: [0, ...path.map((node) => node + 1)].slice(0, texts.length).map((row, i) => {
      const others = row === last + 1 ? (story.others ?? []) : [];
      const ranked = [[texts[i], ps[i] ?? 0] as const, ...others].sort((a, b) => b[1] - a[1]);
      return {
        row,
        token: ranked.map(([text]) => tokenOf(text)),
        text: ranked.map(([text]) => text),
        p: ranked.map(([, p]) => p),
      };
    }),
    t_us: { draft, verify, sample: 300, commit: 200, total: draft + verify + 900 },
    kv: { before: root.position, after: root.position + texts.length },
  };
}

const accepted = (text: string, p: number, q: number, children: readonly Guess[] = []): Guess => ({
  text,
  p,
  q,
  state: 'accepted',
  children,
});
const rejected = (text: string, p: number, q: number, children: readonly Guess[] = []): Guess => ({
  text,
  p,
  q,
  state: 'rejected',
  children,
});
const notReached = (text: string, p: number, q: number, children: readonly Guess[] = []): Guess => ({
  text,
  p,
  q,
  state: 'notReached',
  children,
});

/** A run with one round of each kind, in words. */
export const STORIES: readonly Story[] = [
  { guesses: [], end: { kind: 'bonus', text: 'A', p: 0.44 }, verify: 14.2 },
  {
    guesses: [
      accepted(' binary', 0.91, 0.84, [
        accepted(' search', 0.97, 0.93, [accepted(' tree', 0.88, 0.61), rejected(' algorithm', 0.09, 0.22)]),
        rejected(' tree', 0.01, 0.04),
      ]),
      rejected(' data', 0.03, 0.09, [notReached(' structure', 0.93, 0.4)]),
    ],
    end: { kind: 'bonus', text: ' is', p: 0.81 },
    draft: 3.1,
    verify: 27.9,
  },
  {
    guesses: [
      accepted(' a', 0.96, 0.95, [
        rejected(' sorted', 0.04, 0.38, [notReached(' array', 0.55, 0.2)]),
        rejected(' tree', 0.11, 0.21),
      ]),
      rejected(' an', 0.02, 0.02, [notReached(' special', 0.1, 0.1, [notReached(' case', 0.7, 0.1)])]),
    ],
    end: { kind: 'correction', text: ' data', p: 0.62 },
    others: [
      [' tree', 0.11],
      [' node', 0.07],
      [' sorted', 0.04],
    ],
    draft: 2.8,
    verify: 26.4,
  },
  { guesses: [], end: { kind: 'bonus', text: ' structure', p: 0.93 }, verify: 14 },
  { guesses: [], end: { kind: 'bonus', text: ' that', p: 0.55 }, verify: 13.7 },
  {
    guesses: [
      rejected(' stores', 0.18, 0.7, [notReached(' its', 0.2, 0.6, [notReached(' keys', 0.4, 0.5)])]),
    ],
    end: { kind: 'correction', text: ' keeps', p: 0.16 },
    others: [[' stores', 0.18]],
    draft: 0.2,
    verify: 18.8,
    source: 'prompt-lookup:3',
  },
  {
    guesses: [
      rejected(' the', 0.31, 0.3),
      accepted(' its', 0.4, 0.25, [
        rejected(' values', 0.1, 0.3),
        accepted(' keys', 0.6, 0.2, [
          accepted(' in', 0.9, 0.8, [accepted(' sorted', 0.8, 0.7, [accepted(' order', 0.97, 0.9)])]),
        ]),
      ]),
      rejected(' all', 0.05, 0.2),
      rejected(' every', 0.02, 0.1),
    ],
    end: { kind: 'bonus', text: ',\n', p: 0.4 },
    draft: 1.2,
    verify: 31,
  },
  {
    guesses: [
      accepted('internationalisation-heavy', 0.5, 0.4, [
        accepted(' 二分探索木', 0.6, 0.5, [{ text: ' cut', p: null, q: 0.02, state: 'pruned' }]),
      ]),
    ],
    end: { kind: 'bonus', text: '🌱', p: 0.2 },
    draft: 0.4,
    verify: 60,
  },
];

export const rounds: readonly Round[] = tell(STORIES);

export const summary: TraceSummary = {
  type: 'summary',
  finishReason: 'stop',
  rounds: rounds.length,
  promptTokens: 3,
  tokens: rounds.reduce((sum, round) => sum + round.emitted.length, 0),
  acceptanceLength: 2.5,
  tokensPerSecond: 80,
  drafted: 0,
  accepted: 0,
  rejected: 0,
  notReached: 0,
  pruned: 0,
  bonus: 0,
  corrections: 0,
  byDepth: [],
  t_us: { prefill: 41_000, draft: 0, verify: 0, sample: 0, commit: 0, total: 0 },
};

/** `n` rounds, the same stories over and over. */
export function longRun(n: number): Round[] {
  return tell(Array.from({ length: n }, (_, i) => STORIES[i % STORIES.length]));
}

type Message<T extends ToView['type']> = Extract<ToView, { type: T }>;

/** The draft of a round as the view receives it before the verdict. */
export function draftedOf(round: Round): NonNullable<Message<'delta'>['drafted']> {
  const { index, parent, text, depth, q, source } = round;
  return { index, parent, text, depth, q, source };
}

/** The nodes of some rounds as they travel. */
export function nodesOf(some: readonly Round[]): NonNullable<Message<'snapshot'>['nodes']> {
  const { words, sources, ...slice } = encodeNodes(some, some.at(0)?.index ?? 0);
  return { ...slice, words: [...words], sources: [...sources] };
}

/** The columns of some rounds as they travel. */
export function rowsOf(some: readonly Round[]): Message<'snapshot'>['rounds'] {
  const columns = roundColumns();
  for (const round of some) pushRound(columns, round);
  return { count: some.length, data: columns.encode(0, some.length) };
}

/** What a test changes of a message: rounds as the trace has them, or `nodes: null` to hold their nodes back. */
type Told<T extends 'snapshot' | 'delta'> = Partial<Omit<Message<T>, 'rounds' | 'from'>> & {
  readonly rounds?: readonly Round[];
};

export function snapshot({ rounds: some = rounds, ...change }: Told<'snapshot'> = {}): Message<'snapshot'> {
  return {
    type: 'snapshot',
    sequence: 1,
    generation: 1,
    layout: 'panel',
    title: '',
    header,
    rounds: rowsOf(some),
    nodes: nodesOf(some),
    summary,
    status: { kind: 'finished' },
    note: '',
    ...change,
  };
}

export function delta({ rounds: some = [], ...change }: Told<'delta'> = {}): Message<'delta'> {
  return {
    type: 'delta',
    sequence: 2,
    generation: 1,
    header: null,
    from: some.at(0)?.index ?? 0,
    rounds: rowsOf(some),
    nodes: nodesOf(some),
    drafted: null,
    summary: null,
    status: { kind: 'generating' },
    note: '',
    ...change,
  };
}
