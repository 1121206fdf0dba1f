import { fixedPolicy, type BudgetPolicy } from '../../decoding/budget';
import { costAwarePolicy } from '../../decoding/costAware';
import { CostModel } from '../../decoding/costModel';
import { EMPTY_DRAFT, type DraftTree } from '../../decoding/draftTree';
import type { VerifyCost } from '../../decoding/verifyCost';
import type { Round } from '../schema';
import type { Steps } from '../steps';
import { addedNodes, expectedGain, type Growth } from './growth';
import { below, within } from './offers';
import { pathAlong, type Recording } from './recording';
import type { RoundCost, RoundTime, RoundWork } from './roundCost';
import type { WhatIf } from './setting';

/**
 * How much is known of the draft that a replayed round would have had. `recorded`: a round of the trace starts at
 * the same token. `continued`: the token lies inside a recorded draft, and what that draft held after it stands
 * for it. `unknown`: no recorded draft goes on there.
 */
export type Origin = 'recorded' | 'continued' | 'unknown';

/** What a replay adds up. */
export interface Replay {
  /** Rounds by what is known of their drafts. */
  readonly rounds: Readonly<Record<Origin, number>>;
  /** Tokens that the text proves. */
  readonly tokens: number;
  /** Tokens expected besides: from nodes beyond the recorded ones, and of rounds whose draft is not known. */
  readonly added: { readonly nodes: number; readonly unknown: number };
  /** Rows of all forwards, and the most of one. */
  readonly rows: number;
  readonly mostRows: number;
  /** Microseconds. */
  readonly time: RoundTime;
}

/** What a replay stands on. */
export interface Ground {
  /** Of at least one round. */
  readonly recording: Recording;
  readonly growth: Growth | null;
  /** The largest draft that the run allowed. */
  readonly limits: Pick<WhatIf, 'nodes' | 'depth'>;
  /** The longest output that the run could have written. */
  readonly most: number;
  readonly cost: RoundCost;
  readonly verify: VerifyCost;
}

/** Where v(T) is sampled for a policy that wants it as a grid. */
const ROWS = [1, 2, 4, 8, 16, 32, 64];

/**
 * Decodes the recorded text again under another setting, on paper. The text is fixed: a lossless rule would have
 * written the same tokens under any setting, so they tell what a target accepts of any draft.
 */
export function* replay(ground: Ground, setting: WhatIf): Steps<Replay> {
  const { recording, growth, limits, most, cost, verify } = ground;
  const { rounds, starts, text } = recording;
  const total = text.length;
  const policy = policyOf(setting, rounds, verify);
  const sum = new Sum();
  let index = 0;
  for (let offset = 0; offset < total;) {
    while (index + 1 < rounds.length && starts[index + 1] <= offset) index++;
    const round = rounds[index];
    const known = knownDraft(recording, index, offset - starts[index]);
    const past = rounds[0].kv.before + offset;
    const state = { remaining: Math.max(total, most) - offset, past };
    const budget = policy.next(state);
    const offer = within(known.draft, { ...setting, nodes: budget.nodes, depth: budget.depth });
    const { draft } = policy.trim(offer, past);
    const emitted = Math.min(pathAlong(text, draft, offset).length + 1, total - offset);

    const more = known.origin === 'recorded' && growth !== null ? addedNodes(round, budget, limits) : 0;
    const gain = growth === null ? 0 : expectedGain(growth, round.token.length, more);
    const work: RoundWork = {
      rows: draft.token.length + more + 1,
      past,
      levels: budget.nodes === 0 ? null : offer.depth.reduce((a, b) => Math.max(a, b), 0),
      emitted,
    };
    const time = cost(work);
    sum.add(known.origin, work, time, gain);
    const times = {
      draft: time.draft,
      verify: time.verify,
      sample: 0,
      commit: time.other,
      total: totalOf(time),
    };
    policy.observe({ offer, draft, emitted: text.slice(offset, offset + emitted), past, times });
    offset += emitted;
    yield;
  }
  return sum.result();
}

/** The replay of a run as it was recorded: its own rounds, at what they are predicted to cost. */
export function replayRecorded(works: readonly RoundWork[], cost: RoundCost): Replay {
  const sum = new Sum();
  for (const work of works) sum.add('recorded', work, cost(work), 0);
  return sum.result();
}

export function totalOf({ draft, verify, other }: RoundTime): number {
  return draft + verify + other;
}

/** The draft that is known `depth` tokens after a round's root token. */
function knownDraft(
  { rounds, offers }: Recording,
  index: number,
  depth: number,
): { readonly origin: Origin; readonly draft: DraftTree } {
  const offer = offers[index];
  if (depth === 0) return { origin: 'recorded', draft: offer };
  const draft = below(offer, rounds[index].accepted_path[depth - 1]);
  return draft.token.length === 0
    ? { origin: 'unknown', draft: EMPTY_DRAFT }
    : { origin: 'continued', draft };
}

function policyOf(setting: WhatIf, rounds: readonly Round[], verify: VerifyCost): BudgetPolicy {
  switch (setting.policy) {
    case 'fixed':
      return fixedPolicy(setting);
    case 'costAware': {
      const pasts = new Set([rounds[0].kv.before, rounds[rounds.length - 1].kv.before]);
      const points = [...pasts].flatMap((past) =>
        ROWS.map((rows) => ({ rows, past, us: verify.estimate(rows, past) })),
      );
      return costAwarePolicy(new CostModel(points), setting);
    }
  }
}

/** Adds up rounds. One whose draft is not known counts, in the end, as the mean of those that are recorded. */
class Sum {
  private readonly rounds: Record<Origin, number> = { recorded: 0, continued: 0, unknown: 0 };
  private readonly time = { draft: 0, verify: 0, other: 0 };
  private rows = 0;
  private mostRows = 0;
  private tokens = 0;
  private grown = 0;
  private readonly recorded = { tokens: 0, rows: 0, time: { draft: 0, verify: 0, other: 0 } };

  add(origin: Origin, work: RoundWork, time: RoundTime, gain: number): void {
    this.rounds[origin]++;
    this.tokens += work.emitted;
    this.mostRows = Math.max(this.mostRows, work.rows);
    if (origin === 'recorded') {
      this.recorded.tokens += work.emitted + gain;
      this.recorded.rows += work.rows;
      addTime(this.recorded.time, time, 1);
    }
    this.grown += gain;
    if (origin === 'unknown') return;
    this.rows += work.rows;
    addTime(this.time, time, 1);
  }

  result(): Replay {
    const { recorded, continued, unknown } = this.rounds;
    // The first round of a replay is always a recorded one.
    const share = unknown / recorded;
    const time = { ...this.time };
    addTime(time, this.recorded.time, share);
    return {
      rounds: { recorded, continued, unknown },
      tokens: this.tokens,
      added: { nodes: this.grown, unknown: (this.recorded.tokens - recorded) * share },
      rows: this.rows + this.recorded.rows * share,
      mostRows: this.mostRows,
      time,
    };
  }
}

function addTime(
  sum: { draft: number; verify: number; other: number },
  time: RoundTime,
  weight: number,
): void {
  sum.draft += time.draft * weight;
  sum.verify += time.verify * weight;
  sum.other += time.other * weight;
}
