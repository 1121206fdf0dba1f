import type { NodeState, RoundEnd } from './walk';

/** Where the time of one round went, in microseconds. `total` also holds what the phases leave out. */
export interface PhaseTimes {
  readonly draft: number;
  readonly verify: number;
  readonly sample: number;
  readonly commit: number;
  readonly total: number;
}

/** What the metrics read of a round; a round of a trace has these fields and more. */
export interface MeasuredRound {
  /** Parallel over the draft's nodes. */
  readonly depth: readonly number[];
  readonly state: readonly NodeState[];
  readonly emitted: readonly number[];
  readonly end: Pick<RoundEnd, 'kind'>;
  readonly t_us: PhaseTimes;
}

/** What rounds did at one depth of their drafts. */
export interface DepthCount {
  /** Rounds in which the target saw a node at this depth. */
  readonly proposed: number;
  /** Rounds that accepted one: at most one a round, since the accepted nodes are one path. */
  readonly accepted: number;
}

/** Rounds added up. */
export interface RunMetrics {
  readonly rounds: number;
  /** Tokens emitted, accepted ones and those that ended a round. */
  readonly tokens: number;
  /** Emitted tokens per target forward (tau): 1 in plain decoding; null without a round. */
  readonly acceptanceLength: number | null;
  /** Of the rounds' own time, so without the prefill; null without a round that took time. */
  readonly tokensPerSecond: number | null;
  /** Nodes proposed, and what became of them: the four states add up to it. */
  readonly drafted: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly notReached: number;
  readonly pruned: number;
  /** Rounds that ended with a bonus token, and with a correction token. */
  readonly bonus: number;
  readonly corrections: number;
  /** `byDepth[0]` is depth 1. */
  readonly byDepth: readonly DepthCount[];
  readonly t_us: PhaseTimes;
}

/** Adds up rounds one by one, which may be any part of a run; it keeps none of them. */
export class RunMeter {
  private readonly nodes: Record<NodeState, number> = { accepted: 0, rejected: 0, notReached: 0, pruned: 0 };
  private readonly ends: Record<RoundEnd['kind'], number> = { bonus: 0, correction: 0, none: 0 };
  private readonly times = { draft: 0, verify: 0, sample: 0, commit: 0, total: 0 };
  private readonly depths: { proposed: number; accepted: number }[] = [];
  private rounds = 0;
  private tokens = 0;

  add(round: MeasuredRound): void {
    const { nodes, ends, times } = this;
    this.rounds++;
    this.tokens += round.emitted.length;
    ends[round.end.kind]++;
    for (const state of round.state) nodes[state]++;
    times.draft += round.t_us.draft;
    times.verify += round.t_us.verify;
    times.sample += round.t_us.sample;
    times.commit += round.t_us.commit;
    times.total += round.t_us.total;
    this.addDepths(round);
  }

  get metrics(): RunMetrics {
    const { nodes, ends, times, rounds, tokens } = this;
    return {
      rounds,
      tokens,
      acceptanceLength: ratio(tokens, rounds),
      tokensPerSecond: ratio(tokens * 1e6, times.total),
      drafted: nodes.accepted + nodes.rejected + nodes.notReached + nodes.pruned,
      ...nodes,
      bonus: ends.bonus,
      corrections: ends.correction,
      byDepth: this.depths.map((depth) => ({ ...depth })),
      t_us: { ...times },
    };
  }

  /** Pruned nodes do not count as proposed: the target never saw them. */
  private addDepths({ depth, state }: MeasuredRound): void {
    const { depths } = this;
    let deepest = 0;
    for (let node = 0; node < depth.length; node++) {
      if (state[node] !== 'pruned') deepest = Math.max(deepest, depth[node]);
    }
    while (depths.length < deepest) depths.push({ proposed: 0, accepted: 0 });
    // Every ancestor of a node is a node, so a draft has a node at each depth down to its deepest.
    for (let level = 0; level < deepest; level++) depths[level].proposed++;
    depth.forEach((level, node) => {
      if (state[node] === 'accepted') depths[level - 1].accepted++;
    });
  }
}

/** Adds up rounds, which may be any part of a run. */
export function measureRounds(rounds: readonly MeasuredRound[]): RunMetrics {
  const meter = new RunMeter();
  for (const round of rounds) meter.add(round);
  return meter.metrics;
}

/** How often a depth was accepted. */
export interface DepthRates {
  /** Of the rounds that accepted the depth above (of all rounds at depth 1); null where there was none. */
  readonly conditional: number | null;
  /** Of all rounds; null without a round. */
  readonly unconditional: number | null;
}

/** `[deepest]` the rates of depth 1, 2, ... A round whose draft ended above a depth counts as a miss there. */
export function depthRates(byDepth: readonly DepthCount[], rounds: number): DepthRates[] {
  return byDepth.map(({ accepted }, level) => ({
    conditional: ratio(accepted, level === 0 ? rounds : byDepth[level - 1].accepted),
    unconditional: ratio(accepted, rounds),
  }));
}

function ratio(part: number, whole: number): number | null {
  return whole > 0 ? part / whole : null;
}
