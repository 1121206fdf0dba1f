import type { FinishedEvent } from '../../../src/host/engineHost';
import type { CudaOffer } from '../../../src/protocol/engine';
import type { Round, TraceHeader, TraceSummary } from '../../../src/trace/schema';
import { TRACE_SCHEMA } from '../../../src/trace/schema';

/** A valid header of a made-up generation. */
export function sampleHeader(created = '2026-01-02T03:04:05.678Z'): TraceHeader {
  return {
    type: 'header',
    schema: TRACE_SCHEMA,
    created,
    versions: { draftscope: '0.1.0', onnxruntime: '1.30.0', node: '20.19.0' },
    model: { id: 'default', name: 'Tiny', architecture: 'llama', files: [], vocabulary: 8, context: 64 },
    weights: 'fp32',
    provider: 'cpu',
    threads: 1,
    drafter: { id: 'suffix', name: 'Suffix decoding', qIsLaw: false },
    acceptance: { rule: 'greedy', lossless: true },
    sampler: { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed: 0 },
    limits: { maxTokens: 16, context: 64, endTokens: [0], stop: [] },
    clock: { source: 'process.hrtime', unit: 'us' },
    machine: { platform: 'linux', arch: 'x64', cpu: 'none', cores: 1, memoryBytes: 1 },
    prompt: { tokens: [1, 2, 3], text: 'abc' },
    prefill: { reused: 0, t_us: 10 },
  };
}

/** A round that drafted one token, had it accepted and got a bonus token: two tokens in 100 µs. */
export function sampleRound(index: number): Round {
  return {
    type: 'round',
    index,
    start_us: 10 + 100 * index,
    root: { token: index === 0 ? 3 : 5, position: 2 + 2 * index },
    budget: { nodes: 1, depth: 1, policy: 'fixed', reason: '1 node asked for in the settings' },
    parent: [-1],
    token: [4],
    bytes: ['ZA=='],
    text: ['d'],
    depth: [1],
    q: [null],
    p: [0.9],
    p_sampler: [1],
    draw: [null],
    state: ['accepted'],
    source: ['suffix:1'],
    accepted_path: [0],
    emitted: [4, 5],
    emitted_bytes: ['ZA==', 'ZQ=='],
    emitted_text: ['d', 'e'],
    emitted_p: [0.9, 0.8],
    end: { kind: 'bonus', token: 5 },
    target_top: [],
    t_us: { draft: 10, verify: 80, sample: 5, commit: 5, total: 100 },
    kv: { before: 2 + 2 * index, after: 4 + 2 * index },
  };
}

export function sampleSummary(rounds: number): TraceSummary {
  return {
    type: 'summary',
    finishReason: 'length',
    rounds,
    promptTokens: 3,
    tokens: 2 * rounds,
    acceptanceLength: 2,
    tokensPerSecond: 20_000,
    drafted: rounds,
    accepted: rounds,
    rejected: 0,
    notReached: 0,
    pruned: 0,
    bonus: rounds,
    corrections: 0,
    byDepth: [{ proposed: rounds, accepted: rounds }],
    t_us: { prefill: 10, draft: 10, verify: 80, sample: 5, commit: 5, total: 110 },
  };
}

/** The engine's last word on a generation of one round. */
export function sampleFinished(text = ''): FinishedEvent {
  return {
    type: 'finished',
    id: 1,
    summary: sampleSummary(1),
    finishReason: 'length',
    text,
    traceProblem: null,
  };
}

export function sampleOffer(): CudaOffer {
  return {
    present: false,
    package: 'cuda==1',
    bytes: 2e6,
    installedBytes: 3e6,
    licence: 'MIT',
    needs: 'a GPU',
    folder: '/cache/runtimes/cuda',
  };
}
