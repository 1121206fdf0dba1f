import { depthRates } from '../../src/decoding/metrics';
import type { Report } from '../report';
import { groupBy } from '../statistics';
import type { Row } from '../table';
import { PLAIN, type Contender } from './contenders';
import { speedUp, timePerToken, total, type QuestionRuns, type Total } from './runs';

/** Depths whose acceptance the table shows. */
const DEPTHS = 5;

/** A contender's totals at one temperature, over all questions and over each task's. */
interface Standing {
  readonly contender: Contender;
  readonly all: Total;
  readonly byTask: ReadonlyMap<string, Total>;
}

/**
 * Table and figures of a run. The names of figures are explained in ../README.md.
 *
 * @param contenders plain decoding not among them
 */
export function specReport(
  questions: readonly QuestionRuns[],
  contenders: readonly Contender[],
): Required<Report> {
  const figures: Record<string, number> = {};
  const rows: Row[] = [];
  const notes: string[] = [];
  for (const [temperature, asked] of groupBy(questions, (question) => question.temperature)) {
    const plain = standing(PLAIN, asked);
    const standings = contenders.map((contender) => standing(contender, asked));
    for (const { contender, all } of [plain, ...standings]) {
      rows.push(row(temperature, contender, all, plain.all));
      if (contender === PLAIN) continue;
      const name = [contender.drafter, contender.policy, contender.nodes].join('.');
      figures[`spec.overPlain.${name}.t${temperature}`] = speedUp(plain.all, all);
      figures[`spec.equal.${name}.t${temperature}`] = all.equal / all.runs;
    }
    const best = bestTrainingFree(standings);
    if (best === null) continue;
    const suffix = temperature === 0 ? '' : `T${temperature}`;
    figures[`spec.overall${suffix}`] = speedUp(plain.all, best.all);
    notes.push(
      `Best training-free method at temperature ${temperature}: ${best.contender.drafter} with the policy ` +
        `${best.contender.policy}, up to ${best.contender.nodes} nodes.`,
    );
    Object.assign(figures, policyFigures(plain, standings, best.contender.drafter, suffix));
  }
  // What stands in the table, by contender, is not shown twice; nor is every drafter in every task.
  const byContender = new RegExp(`\\.(${contenders.map(({ drafter }) => drafter).join('|')})\\.`);
  const headline = Object.keys(figures).filter((figure) => !byContender.test(figure));
  return { figures, rows, headline, notes };
}

function standing(contender: Contender, questions: readonly QuestionRuns[]): Standing {
  const runsOf = (some: readonly QuestionRuns[]) =>
    some.flatMap(({ runs }) => runs).filter((run) => run.contender === contender.name);
  const tasks = groupBy(questions, ({ task }) => task);
  return {
    contender,
    all: total(runsOf(questions)),
    byTask: new Map([...tasks].map(([task, some]) => [task, total(runsOf(some))])),
  };
}

function bestTrainingFree(standings: readonly Standing[]): Standing | null {
  const free = standings.filter(({ contender }) => contender.kind === 'n-gram');
  return free.sort((a, b) => timePerToken(a.all) - timePerToken(b.all))[0] ?? null;
}

/**
 * `costAware` beside the best fixed size of the same drafter and beside plain decoding: by drafter and task, by
 * task for the drafter of the best method, and the worst task of that drafter and of all.
 */
function policyFigures(
  plain: Standing,
  standings: readonly Standing[],
  best: string,
  suffix: string,
): Record<string, number> {
  const figures: Record<string, number> = {};
  const against = (figure: string, reference: (drafter: string, task: string) => Total | null): void => {
    const ratios = standings
      .filter(({ contender }) => contender.policy === 'costAware')
      .flatMap(({ contender: { drafter }, byTask }) =>
        [...byTask].flatMap(([task, own]) => {
          const other = reference(drafter, task);
          return other === null ? [] : [{ drafter, task, ratio: speedUp(other, own) }];
        }),
      );
    if (ratios.length === 0) return;
    const name = `spec.${figure}${suffix}`;
    for (const { drafter, task, ratio } of ratios) {
      figures[`${name}.${drafter}.${dashed(task)}`] = ratio;
      if (drafter === best) figures[`${name}.${dashed(task)}`] = ratio;
    }
    const ofBest = ratios.filter(({ drafter }) => drafter === best);
    if (ofBest.length > 0) figures[name] = Math.min(...ofBest.map(({ ratio }) => ratio));
    figures[`${name}.worstDrafter`] = Math.min(...ratios.map(({ ratio }) => ratio));
  };
  against('costAwareVsPlain', (_, task) => plain.byTask.get(task) ?? null);
  against('costAwareVsBestFixed', (drafter, task) => {
    const fixed = standings
      .filter(({ contender }) => contender.drafter === drafter && contender.policy === 'fixed')
      .map(({ byTask }) => byTask.get(task))
      .filter((found) => found !== undefined);
    return fixed.sort((a, b) => timePerToken(a) - timePerToken(b))[0] ?? null;
  });
  return figures;
}

function row(temperature: number, contender: Contender, own: Total, plain: Total): Row {
  const share = (us: number): string => `${((100 * us) / own.t_us.total).toFixed(0)} %`;
  const { draft, verify, total: all } = own.t_us;
  return {
    temperature,
    drafter: contender.drafter,
    policy: contender === PLAIN ? '' : contender.policy,
    nodes: contender === PLAIN ? '' : contender.nodes,
    'tokens/s': ((1e6 * own.tokens) / all).toFixed(1),
    'over plain': speedUp(plain, own).toFixed(2),
    'tokens a forward': (own.tokens / own.rounds).toFixed(2),
    'accepted at depth 1, 2, …': depthRates(own.byDepth, own.rounds)
      .slice(0, DEPTHS)
      .map(({ unconditional }) => (unconditional ?? 0).toFixed(2))
      .join(' '),
    draft: share(draft),
    verify: share(verify),
    other: share(all - draft - verify),
    equal: `${own.equal} of ${own.runs}`,
    'tokens alike': `${((100 * own.sameTokens) / own.tokens).toFixed(0)} %`,
  };
}

/** `multi-turn conversation` as a part of a figure's name. */
function dashed(task: string): string {
  return task.replace(/[^A-Za-z0-9]+/g, '-');
}
