import { childrenOf, splitSource, type DraftTree } from './draftTree';

/** Part of a drafter's own probabilities that is believed before anything was seen of it. */
const PRIOR_OF_Q = 0.8;
/** Acceptance of a node without a probability, before anything was seen of its like. */
const PRIOR_WITHOUT_Q = 0.5;
/** Steps of a drafter's own probability, on each of which it may be right in another degree. */
const CONFIDENCES = [0.2, 0.4, 0.6, 0.8, 0.95];
/** Nodes that the prior counts for. */
const PRIOR_WEIGHT = 4;
/** How much of its weight a node keeps with every later round that has one of its kind: the last twenty or so count. */
const DECAY = 0.95;
/** The same over generations: it follows the last few thousand. */
const LONG_DECAY = 0.9995;

/** What became of the nodes of one kind, older ones weighing less. */
interface Account {
  accepted: number;
  /** Sum of what the drafter said: its probabilities, or 1 for a node without one. */
  promised: number;
}

/** A node that the text has judged. */
interface Judged {
  readonly draft: DraftTree;
  readonly node: number;
  readonly accepted: boolean;
}

/** A draft that the text has gone along so far. */
interface Followed {
  readonly draft: DraftTree;
  /** The node that the text has reached, -1 for the root token. */
  readonly at: number;
}

/**
 * How probable it is that a drafted node is accepted once its parent is: the drafter's own probability, or 1
 * where it has none, times the part of such promises that was kept so far in nodes of the same kind. Kinds are
 * the drafter, the length of its match, the depth in the draft, long and deep ones taken together, and how sure
 * the drafter was.
 */
export class AcceptanceEstimate {
  private readonly accounts = new Map<string, Account>();
  private followed: Followed[] = [];

  /** @param before what earlier generations taught, to begin with and to teach in turn; null for nothing */
  constructor(
    private readonly before: AcceptanceEstimate | null = null,
    private readonly decay = DECAY,
  ) {}

  /** One that outlives generations: each begins with what it holds, and adds to it. */
  static longLived(): AcceptanceEstimate {
    return new AcceptanceEstimate(null, LONG_DECAY);
  }

  /** Estimated probability that the node is accepted once its parent is, in [0, 1]. */
  probability(draft: DraftTree, node: number): number {
    const { accepted, promised } = this.accountOf(draft, node);
    return Math.min(1, (promiseOf(draft, node) * accepted) / promised);
  }

  /** `[n]` estimated probability that each node is accepted once its parent is. */
  probabilities(draft: DraftTree): Float64Array {
    return Float64Array.from(draft.token, (_, node) => this.probability(draft, node));
  }

  /** `[n]` estimated probability that each node is on the accepted path. */
  pathProbabilities(draft: DraftTree): Float64Array {
    const path = new Float64Array(draft.token.length);
    for (let node = 0; node < path.length; node++) {
      const parent = draft.parent[node];
      path[node] = this.probability(draft, node) * (parent < 0 ? 1 : path[parent]);
    }
    return path;
  }

  /**
   * Learns from what the target wrote, whether the drafts were what it scored or not. A draft is followed for as long
   * as the text goes its way, over later rounds too: the next token judges the children of the node that was reached.
   * So it is learned of every node whose ancestors were written, however little of its draft was verified.
   *
   * @param drafts all that were offered in the round
   * @param emitted the tokens after the root token
   */
  observe(drafts: readonly DraftTree[], emitted: readonly number[]): void {
    const judged: Judged[] = [];
    for (const draft of drafts) this.followed.push({ draft, at: -1 });
    for (const token of emitted) {
      const reached: Followed[] = [];
      for (const { draft, at } of this.followed) {
        for (const node of childrenOf(draft, at)) {
          const accepted = draft.token[node] === token;
          judged.push({ draft, node, accepted });
          if (accepted) reached.push({ draft, at: node });
        }
      }
      this.followed = reached;
    }
    this.learn(judged);
  }

  private learn(judged: readonly Judged[]): void {
    const seen = new Map<string, Account>();
    for (const { draft, node, accepted } of judged) {
      const kind = kindOf(draft, node);
      let account = seen.get(kind);
      if (account === undefined) {
        const known = this.accountOf(draft, node);
        account = { accepted: this.decay * known.accepted, promised: this.decay * known.promised };
        seen.set(kind, account);
      }
      if (accepted) account.accepted++;
      account.promised += promiseOf(draft, node);
    }
    for (const [kind, account] of seen) this.accounts.set(kind, account);
    this.before?.learn(judged);
  }

  /** That of the node's kind; a new one holds the prior. */
  private accountOf(draft: DraftTree, node: number): Account {
    const known = this.accounts.get(kindOf(draft, node));
    if (known !== undefined) return known;
    const kept = this.before?.keptOf(draft, node) ?? null;
    return kept === null ? priorOf(draft, node) : { accepted: PRIOR_WEIGHT * kept, promised: PRIOR_WEIGHT };
  }

  /** The part of its promises that the node's kind kept, null when none was seen. */
  private keptOf(draft: DraftTree, node: number): number | null {
    const known = this.accounts.get(kindOf(draft, node));
    return known === undefined ? null : known.accepted / known.promised;
  }
}

function promiseOf({ q }: DraftTree, node: number): number {
  return Number.isNaN(q[node]) ? 1 : q[node];
}

function priorOf({ q }: DraftTree, node: number): Account {
  const kept = Number.isNaN(q[node]) ? PRIOR_WITHOUT_Q : PRIOR_OF_Q;
  return { accepted: PRIOR_WEIGHT * kept, promised: PRIOR_WEIGHT };
}

function kindOf({ source, depth, q }: DraftTree, node: number): string {
  const { name, length } = splitSource(source[node]);
  return `${name} ${magnitude(length)} ${magnitude(depth[node])} ${confidence(q[node])}`;
}

/** The number up to 3, then the power of two that it reaches. */
function magnitude(number: number): number {
  return number < 4 ? number : 2 ** Math.floor(Math.log2(number));
}

/** Which step of `CONFIDENCES` the probability is on; -1 for the highest, and for none. */
function confidence(q: number): number {
  return CONFIDENCES.findIndex((border) => q < border);
}
