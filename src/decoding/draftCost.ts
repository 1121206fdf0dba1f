/** How much of its weight a round keeps with every later one. */
const DECAY = 0.95;
/** A round that took this many times what was expected counts as this much: the machine, not the drafter. */
const OUTLIER_FACTOR = 3;
/** Drafts that are left out of account at first: they also pay for what happens once, such as compiling the code. */
const WARM_UP = 1;

/** What a drafter made in one round, and how long that took. */
export interface Drafting {
  readonly levels: number;
  readonly nodes: number;
  readonly us: number;
}

/**
 * What a drafter's own time is made of, learned from its rounds: microseconds for each level (a forward of a draft
 * model) and for each node. Least squares over the last rounds, neither ever below nothing; until something was
 * drafted twice both are 0.
 */
export class DraftCost {
  private perLevel = 0;
  private perNode = 0;
  private observed = 0;
  private readonly round = { time: 0, weight: 0 };
  private readonly sums = { levelLevel: 0, levelNode: 0, nodeNode: 0, levelTime: 0, nodeTime: 0 };

  /** Microseconds that such a draft is expected to take. */
  estimate(levels: number, nodes: number): number {
    return this.perLevel * levels + this.perNode * nodes;
  }

  /** Microseconds that the drafts so far took on average, older ones weighing less. */
  get average(): number {
    const { time, weight } = this.round;
    return weight === 0 ? 0 : time / weight;
  }

  observe({ levels, nodes, us }: Drafting): void {
    if (nodes === 0 || this.observed++ < WARM_UP) return;
    const expected = this.estimate(levels, nodes);
    const time = expected > 0 ? Math.min(us, OUTLIER_FACTOR * expected) : us;
    const { round, sums } = this;
    round.time = DECAY * round.time + time;
    round.weight = DECAY * round.weight + 1;
    sums.levelLevel = DECAY * sums.levelLevel + levels * levels;
    sums.levelNode = DECAY * sums.levelNode + levels * nodes;
    sums.nodeNode = DECAY * sums.nodeNode + nodes * nodes;
    sums.levelTime = DECAY * sums.levelTime + levels * time;
    sums.nodeTime = DECAY * sums.nodeTime + nodes * time;
    this.fit();
  }

  /** Where the rounds do not tell levels from nodes, as in chains, the levels bear all of it. */
  private fit(): void {
    const { levelLevel, levelNode, nodeNode, levelTime, nodeTime } = this.sums;
    const determinant = levelLevel * nodeNode - levelNode * levelNode;
    const told = determinant > 1e-6 * levelLevel * nodeNode;
    const level = told ? (levelTime * nodeNode - nodeTime * levelNode) / determinant : levelTime / levelLevel;
    const node = told ? (nodeTime * levelLevel - levelTime * levelNode) / determinant : 0;
    this.perLevel = node < 0 ? levelTime / levelLevel : Math.max(0, level);
    this.perNode = level < 0 ? nodeTime / nodeNode : Math.max(0, node);
  }
}
