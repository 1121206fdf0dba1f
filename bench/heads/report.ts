import { depthRates } from '../../src/decoding/metrics';
import type { Report } from '../report';
import { PLAIN, type Contender } from '../spec/contenders';
import { speedUp, timePerToken, total, type ContenderRun, type QuestionRuns, type Total } from '../spec/runs';
import { groupBy, sum } from '../statistics';
import type { Row } from '../table';
import { DEPTH, LARGEST, SIZES, withSuffix } from './contenders';

/** What is said of a head's training beside its figures. */
export interface HeadTraining {
  readonly drafter: string;
  /** Tokens it learnt from and steps it took; null for a head whose card does not tell. */
  readonly training: { readonly tokens: number; readonly steps: number } | null;
}

/** A contender's runs at one temperature. */
interface Standing {
  readonly contender: Contender;
  readonly runs: readonly ContenderRun[];
  readonly all: Total;
}

/**
 * Table and figures of a run. The names of figures are explained in ../README.md.
 *
 * @param contenders plain decoding not among them
 */
export function headsReport(
  questions: readonly QuestionRuns[],
  contenders: readonly Contender[],
  heads: readonly HeadTraining[],
): Required<Report> {
  const figures: Record<string, number> = {};
  const rows: Row[] = [];
  for (const [temperature, asked] of groupBy(questions, (question) => question.temperature)) {
    const runs = asked.flatMap((question) => question.runs);
    const standing = (contender: Contender): Standing => {
      const own = runs.filter((run) => run.contender === contender.name);
      return { contender, runs: own, all: total(own) };
    };
    const plain = standing(PLAIN);
    const standings = contenders.map(standing);
    for (const own of [plain, ...standings]) {
      rows.push(row(temperature, own, plain.all));
      if (own !== plain) Object.assign(figures, contenderFigures(temperature, own, plain.all));
    }
    const suffix = temperature === 0 ? '' : `T${temperature}`;
    Object.assign(figures, comparisons(standings, plain.all, suffix));
  }
  // What stands in the table, by contender, is not shown twice.
  const headline = Object.keys(figures).filter((figure) => !/\.t\d/.test(figure));
  return { figures, rows, headline, notes: [trainingNote(heads)] };
}

function contenderFigures(temperature: number, own: Standing, plain: Total): Record<string, number> {
  const { drafter, policy, nodes } = own.contender;
  const name = `${drafter}.${policy}.${nodes}.t${temperature}`;
  const hits = rates(own).map(({ conditional }, level) => [
    `heads.hit.${name}.depth${level + 1}`,
    conditional ?? 0,
  ]);
  return {
    [`heads.extra.${name}`]: extra(own.all),
    [`heads.overPlain.${name}`]: speedUp(plain, own.all),
    [`heads.draft.${name}`]: draftTime(own.all, plain),
    [`heads.equal.${name}`]: own.all.equal / own.all.runs,
    ...(Object.fromEntries(hits) as Record<string, number>),
  };
}

/** What the heads are compared by; a figure of what did not run is left out. */
function comparisons(standings: readonly Standing[], plain: Total, suffix: string): Record<string, number> {
  const find = (drafter: string, policy: string, nodes: number): Standing | undefined =>
    standings.find(
      ({ contender }) =>
        contender.drafter === drafter && contender.policy === policy && contender.nodes === nodes,
    );
  const figures: Record<string, number> = {};
  const over = (figure: string, one: string, other: string): void => {
    for (const nodes of SIZES) {
      const [a, b] = [find(one, 'fixed', nodes), find(other, 'fixed', nodes)];
      if (a === undefined || b === undefined) continue;
      const ratio = extra(a.all) / extra(b.all);
      figures[`heads.${figure}${suffix}.${nodes}`] = ratio;
      if (nodes === LARGEST) figures[`heads.${figure}${suffix}`] = ratio;
    }
  };
  over('cloverVsMedusaExtra', 'clover', 'medusa');
  over('clover2VsEagleExtra', 'clover2', 'eagle');

  const chosen = standings.filter(({ contender: { drafter, kind } }) => {
    const beside = standings.some((other) => withSuffix(other.contender.drafter) === drafter);
    return kind === 'heads' && beside;
  });
  if (chosen.length > 0) {
    figures[`heads.bestOverall${suffix}`] = Math.max(...chosen.map(({ all }) => speedUp(plain, all)));
  }
  const clover2 = find(withSuffix('clover2'), 'costAware', LARGEST);
  if (clover2 !== undefined) figures[`heads.clover2Overall${suffix}`] = speedUp(plain, clover2.all);
  const drafted = find('clover2', 'fixed', LARGEST);
  const cost = drafted === undefined ? null : deepDraftTime(drafted, plain);
  if (cost !== null) figures[`heads.clover2DraftCost${suffix}`] = cost;
  return figures;
}

/** Extra tokens a step: what a forward emits beyond the one that it always does. */
function extra({ tokens, rounds }: Total): number {
  return tokens / rounds - 1;
}

/** A round's draft phase in units of one token's time in plain decoding. */
function draftTime(own: Total, plain: Total): number {
  return own.t_us.draft / own.rounds / timePerToken(plain);
}

/** The same of the rounds alone whose drafts went all levels down; null when none did. */
function deepDraftTime({ runs }: Standing, plain: Total): number | null {
  const deep = runs.flatMap(({ drafts }) => drafts).filter(({ levels }) => levels === DEPTH);
  const rounds = sum(deep.map((drafts) => drafts.rounds));
  return rounds === 0 ? null : sum(deep.map(({ us }) => us)) / rounds / timePerToken(plain);
}

function rates({ all }: Standing) {
  return depthRates(all.byDepth, all.rounds).slice(0, DEPTH);
}

function row(temperature: number, own: Standing, plain: Total): Row {
  const { contender, all } = own;
  const isPlain = contender === PLAIN;
  return {
    temperature,
    drafter: contender.drafter,
    policy: isPlain ? '' : contender.policy,
    nodes: isPlain ? '' : contender.nodes,
    'tokens/s': ((1e6 * all.tokens) / all.t_us.total).toFixed(1),
    'over plain': speedUp(plain, all).toFixed(2),
    'extra tokens': extra(all).toFixed(2),
    'hit rate at depth 1, 2, …': rates(own)
      .map(({ conditional }) => (conditional ?? 0).toFixed(2))
      .join(' '),
    'draft (tokens)': draftTime(all, plain).toFixed(2),
    'verify (tokens)': (all.t_us.verify / all.rounds / timePerToken(plain)).toFixed(2),
    equal: `${all.equal} of ${all.runs}`,
  };
}

/** Whether the heads were trained alike: only then do their figures compare designs. */
function trainingNote(heads: readonly HeadTraining[]): string {
  const told = heads.map(({ drafter, training }) => ({
    drafter,
    training: training === null ? 'unknown' : `${training.tokens} tokens, ${training.steps} steps`,
  }));
  const kinds = new Set(told.map(({ training }) => training));
  if (kinds.size === 1 && !kinds.has('unknown')) return `All heads were trained alike: ${told[0].training}.`;
  const list = told.map(({ drafter, training }) => `${drafter} ${training}`).join('; ');
  return `The heads were NOT trained alike, so no figure compares their designs: ${list}.`;
}
