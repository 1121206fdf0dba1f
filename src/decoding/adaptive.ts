import { FREE, fixedPolicy, whole, type BudgetPolicy } from './budget';
import { because } from './reason';

/** Weight of the newest round in the averages. */
const NEWEST = 0.25;
/** A shorter draft is tried below the first acceptance, a longer one from the second on. */
const SHORTEN_BELOW = 0.5;
const LENGTHEN_FROM = 0.75;
/** Rounds that a try takes; it is kept at this part of the old length's throughput, and ended early below that. */
const TRIAL_ROUNDS = 2;
const KEEP_FROM = 0.97;
const END_BELOW = 0.8;
/** Rounds after a try before the next one: after one that was kept, and after one that was not. */
const WAIT_AFTER_KEPT = 1;
const WAIT_AFTER_REJECTED = 6;
/** The longest draft. */
const MAX_LENGTH = 16;
/** Rounds in a row at the least length without an accepted token after which drafting rests, and for how long. */
const MISSES = 3;
const REST = 8;

const POLICY = 'adaptive';

interface Trial {
  readonly length: number;
  /** Tokens a microsecond at the old length. */
  readonly reference: number;
  rounds: number;
  tokens: number;
  us: number;
}

/**
 * The adaptive draft length of onnxruntime-genai, a baseline: it knows no costs beforehand, but tries one token
 * more after good rounds and one less after bad ones, and keeps what its throughput justifies. The length is that
 * of a chain; a drafter of trees gets as many nodes.
 *
 * How long a rest lasts is this implementation's choice, the other constants are the original's.
 *
 * @param limits the first length is a quarter of the nodes or the depth, whichever is less
 */
export function adaptivePolicy(limits: { readonly nodes: number; readonly depth: number }): BudgetPolicy {
  return new Adaptive(limits);
}

class Adaptive implements BudgetPolicy {
  readonly id = POLICY;
  readonly trim = whole;
  private readonly longest: number;
  private length: number;
  private acceptance = LENGTHEN_FROM;
  /** Tokens a microsecond by length; of lengths that were not tried there is none. */
  private readonly throughput = new Map<number, number>();
  private trial: Trial | null = null;
  /** Rounds until the next try. */
  private waiting = 0;
  private misses = 0;
  private resting = 0;

  constructor(limits: { readonly nodes: number; readonly depth: number }) {
    // Throws where they are no counts.
    fixedPolicy(limits);
    this.longest = Math.min(MAX_LENGTH, limits.nodes, limits.depth);
    this.length = Math.ceil(this.longest / 4);
  }

  next(state: Parameters<BudgetPolicy['next']>[0]): ReturnType<BudgetPolicy['next']> {
    if (this.resting > 0) {
      const why = [because('resting', this.resting, MISSES)];
      return { nodes: 0, depth: 0, price: FREE, policy: POLICY, why };
    }
    const length = this.trial?.length ?? this.length;
    const { nodes, depth, price, why } = fixedPolicy({ nodes: length, depth: length }).next(state);
    if (depth < length) return { nodes, depth, price, policy: POLICY, why };
    const reason =
      this.trial === null ? because('bestLength', length) : because('triedLength', length, this.length);
    return { nodes, depth, price, policy: POLICY, why: [reason] };
  }

  observe({ draft, emitted, times }: Parameters<BudgetPolicy['observe']>[0]): void {
    if (this.resting > 0) {
      this.resting--;
      return;
    }
    const drafted = draft.depth.reduce((a, b) => Math.max(a, b), 0);
    // A drafter that was silent says nothing of the length.
    if (drafted === 0) return;
    const accepted = Math.min(drafted, emitted.length - 1);
    this.acceptance += NEWEST * (accepted / drafted - this.acceptance);
    this.misses = accepted === 0 ? this.misses + 1 : 0;
    if (this.trial !== null) this.follow(this.trial, emitted.length, times.total);
    else this.settle(emitted.length / times.total);
  }

  private follow(trial: Trial, tokens: number, us: number): void {
    trial.rounds++;
    trial.tokens += tokens;
    trial.us += us;
    const throughput = trial.tokens / trial.us;
    const isBad = throughput < END_BELOW * trial.reference;
    if (!isBad && trial.rounds < TRIAL_ROUNDS) return;
    const isKept = throughput >= KEEP_FROM * trial.reference;
    if (isKept) {
      this.length = trial.length;
      this.throughput.set(trial.length, throughput);
    }
    this.waiting = isKept ? WAIT_AFTER_KEPT : WAIT_AFTER_REJECTED;
    this.trial = null;
  }

  private settle(newest: number): void {
    const before = this.throughput.get(this.length) ?? newest;
    const reference = before + NEWEST * (newest - before);
    this.throughput.set(this.length, reference);
    if (this.length === 1 && this.misses >= MISSES) {
      this.resting = REST;
      this.misses = 0;
      return;
    }
    this.waiting = Math.max(0, this.waiting - 1);
    if (this.waiting > 0) return;
    const length =
      this.acceptance < SHORTEN_BELOW
        ? Math.max(1, this.length - 1)
        : this.acceptance >= LENGTHEN_FROM
          ? Math.min(this.longest, this.length + 1)
          : this.length;
    if (length !== this.length) this.trial = { length, reference, rounds: 0, tokens: 0, us: 0 };
  }
}
