import { convertedWeights } from '../../src/engine/convert';
import { HostDecoder } from '../../src/engine/hostDecoder';
import { medianForward } from '../../src/engine/measureCost';
import { threadCount } from '../../src/engine/session';
import type { Model } from '../../src/models/model';
import { openModel } from '../../src/models/open';
import { weightsSchema } from '../../src/protocol/engine';
import { configuration } from '../configuration';
import { llamaCpp, LLAMA_CPP, peersIn } from '../contestants';
import { count, noPeers, out, root } from '../options';
import { devQuestions, passage } from '../questions';
import { note, type Report } from '../report';
import { RunLog } from '../runLog';
import { median, medianRatio } from '../statistics';
import type { Row } from '../table';
import { benchmark } from './command';

const PASTS = [128, 512];
const ROWS = [1, 2, 4, 8, 16, 32, 64];

/** Where the figure without a context in its name is taken, and over how many rows. */
const USUAL = { name: 'int8', past: 512, rows: 16 };

interface Options {
  readonly rounds: number;
  readonly peers: boolean;
  readonly out?: string;
}

/** Something whose forwards are timed. */
interface Forwarder {
  readonly name: string;
  /** Microseconds of a forward over `rows` tokens, the most probable token wanted at each. */
  readonly forward: (past: readonly number[], rows: number) => Promise<number>;
  stop(): void | Promise<void>;
}

/** Microseconds by contestant, parallel to `ROWS`. */
export type VerifyRound = Readonly<Record<string, readonly number[]>>;

export const verifyCommand = benchmark<Options>(
  'verify',
  'v(T): what a forward over T tokens costs, over one token, beside llama.cpp',
  [count('--rounds', 3, 'rounds in which every contestant takes its turn'), noPeers(), out()],
  verify,
);

async function verify(options: Options): Promise<Report> {
  const model = await openModel('default');
  const forwarders: Forwarder[] = [];
  try {
    const config = configuration('verify', model, { peers: peersIn(options.peers) });
    const log = await RunLog.open<VerifyRound>(options.out, config);
    for (const weights of weightsSchema.options) forwarders.push(await ours(model, weights));
    if (options.peers) forwarders.push(...(await llamaCpp(model)));
    const questions = await devQuestions(root, Infinity);
    const found = new Map<number, VerifyRound[]>(PASTS.map((past) => [past, []]));
    for (let round = 0; round < options.rounds; round++) {
      for (const [past, rounds] of found) {
        const { tokens } = passage(questions, model.tokenizer, past);
        const key = JSON.stringify({ past, round });
        rounds.push(
          await log.once(key, () => {
            note(`round ${round + 1} of ${options.rounds}, context ${past}`);
            return turns(forwarders, tokens);
          }),
        );
      }
    }
    return verifyReport(found);
  } finally {
    for (const forwarder of forwarders) await forwarder.stop();
    await model.close();
  }
}

/** The decoder itself on the CPU, with the scores that a round fetches. */
async function ours(model: Model, weights: (typeof weightsSchema.options)[number]): Promise<Forwarder> {
  const converted = await convertedWeights(model, weights, () => undefined);
  const decoder = await HostDecoder.open(converted, 'cpu', threadCount(0));
  return {
    name: weights,
    async forward(past, rows) {
      const sequence = await decoder.blank(past.length);
      try {
        return await medianForward(sequence, rows);
      } finally {
        await sequence.dispose();
      }
    },
    stop: () => decoder.dispose(),
  };
}

/** Every number of rows, with each contestant before the next number. */
async function turns(forwarders: readonly Forwarder[], past: readonly number[]): Promise<VerifyRound> {
  const times: Record<string, number[]> = Object.fromEntries(forwarders.map(({ name }) => [name, []]));
  for (const rows of ROWS) {
    for (const { name, forward } of forwarders) times[name].push(await forward(past, rows));
  }
  return times;
}

/** Table and figures of rounds, by context: v(T) is the median of the ratio to one token in the same round. */
export function verifyReport(found: ReadonlyMap<number, readonly VerifyRound[]>): Report {
  const figures: Record<string, number> = {};
  const rows: Row[] = [];
  for (const [past, rounds] of found) {
    const times = (name: string, index: number): number[] => rounds.map((round) => round[name][index]);
    for (const name of Object.keys(rounds[0])) {
      const ratios = ROWS.map((_, i) => medianRatio(times(name, i), times(name, 0)));
      const row: Record<string, string | number> = {
        contestant: name,
        context: past,
        'T1 (ms)': (median(times(name, 0)) / 1000).toFixed(1),
      };
      ROWS.forEach((count, i) => {
        if (count === 1) return;
        row[`T${count}`] = ratios[i].toFixed(2);
        figures[`verify.${figureName(name)}.${past}.v${count}`] = ratios[i];
        if (name === USUAL.name && past === USUAL.past && count === USUAL.rows) {
          figures[`verify.v${count}`] = ratios[i];
        }
      });
      rows.push(row);
    }
  }
  return { figures, rows };
}

/** `llama.cpp, 2 threads` as a part of a figure's name: `llamaCpp2`. */
function figureName(contestant: string): string {
  return contestant.startsWith(LLAMA_CPP) ? `llamaCpp${contestant.replace(/\D/g, '')}` : contestant;
}
