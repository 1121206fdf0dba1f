import { UserError } from '../../src/errors';
import { openModel } from '../../src/models/open';
import { configuration } from '../configuration';
import {
  draftscope,
  LLAMA_CPP,
  llamaCpp,
  peersIn,
  TRANSFORMERS_JS,
  transformersJs,
  type Contestant,
} from '../contestants';
import { count, noPeers, out, root } from '../options';
import type { Decoded } from '../peers/protocol';
import { devQuestions, passage, type Passage } from '../questions';
import { note, type Report } from '../report';
import { RunLog } from '../runLog';
import { median, medianRatio } from '../statistics';
import type { Row } from '../table';
import { benchmark } from './command';

const CONTEXTS = [128, 512, 1536];

/** Tokens of each contestant's first turn, which no table counts. */
const WARM_UP_TOKENS = 8;

/** The context that the figures without one in their name stand for. */
const USUAL_CONTEXT = 512;

/** Questions from one round's text to the next one's. */
const STRIDE = 20;

interface Options {
  readonly rounds: number;
  readonly tokens: number;
  readonly peers: boolean;
  readonly out?: string;
}

/** What every contestant decoded in one round, by its name. */
export type DecodeRound = Readonly<Record<string, Decoded>>;

export const decodeCommand = benchmark<Options>(
  'decode',
  'plain greedy decoding beside llama.cpp and transformers.js',
  [
    count('--rounds', 5, 'rounds in which every contestant takes its turn'),
    count('--tokens', 64, 'tokens a turn'),
    noPeers(),
    out(),
  ],
  decode,
);

async function decode(options: Options): Promise<Report> {
  const model = await openModel('default');
  const contestants: Contestant[] = [];
  try {
    const config = { tokens: options.tokens, peers: peersIn(options.peers) };
    const log = await RunLog.open<DecodeRound>(options.out, configuration('decode', model, config));
    contestants.push(draftscope('file'), draftscope('int8'));
    if (options.peers) contestants.push(...(await llamaCpp(model)), await transformersJs(model));
    const questions = await devQuestions(root, Infinity);
    let isWarm = false;
    const found = new Map<number, DecodeRound[]>(CONTEXTS.map((context) => [context, []]));
    for (let round = 0; round < options.rounds; round++) {
      for (const [context, rounds] of found) {
        // Another text each round, or one text's luck would decide.
        const start = (round * STRIDE) % questions.length;
        const text = passage(questions.slice(start), model.tokenizer, context);
        const key = JSON.stringify({ context, round });
        rounds.push(
          await log.once(key, async () => {
            // What happens at first use only, such as loading the model, is nobody's speed.
            if (!isWarm) await turns(contestants, text, WARM_UP_TOKENS, round);
            isWarm = true;
            note(`round ${round + 1} of ${options.rounds}, context ${context}`);
            return turns(contestants, text, options.tokens, round);
          }),
        );
      }
    }
    return decodeReport(found);
  } finally {
    for (const contestant of contestants) await contestant.stop();
    await model.close();
  }
}

/** One turn of each; who begins changes from round to round. */
async function turns(
  contestants: readonly Contestant[],
  text: Passage,
  tokens: number,
  round: number,
): Promise<DecodeRound> {
  const decoded: Record<string, Decoded> = {};
  const first = round % contestants.length;
  for (const contestant of [...contestants.slice(first), ...contestants.slice(0, first)]) {
    decoded[contestant.name] = await contestant.decode(text, tokens);
  }
  return decoded;
}

/** Table and figures of rounds, by context. Ratios are medians of the ratio within a round. */
export function decodeReport(found: ReadonlyMap<number, readonly DecodeRound[]>): Report {
  const figures: Record<string, number> = {};
  const rows: Row[] = [];
  for (const [context, rounds] of found) {
    const times = new Map(
      Object.keys(rounds[0]).map((name) => [name, rounds.map((round) => perToken(round[name], name))]),
    );
    const llama = fastest([...times].filter(([name]) => name.startsWith(LLAMA_CPP)));
    for (const [name, own] of times) {
      const ratio = (other: readonly number[] | undefined): string =>
        other === undefined ? '' : medianRatio(other, own).toFixed(2);
      rows.push({
        context,
        contestant: name,
        'tokens/s': (1e6 / median(own)).toFixed(1),
        'over llama.cpp': ratio(llama),
        'over transformers.js': ratio(times.get(TRANSFORMERS_JS)),
        'tokens as file': `${(100 * agreement(rounds, name)).toFixed(0)} %`,
      });
    }
    const compare = (figure: string, weights: string, other: readonly number[] | undefined): void => {
      const own = times.get(weights);
      if (own === undefined || other === undefined) return;
      const ratio = medianRatio(other, own);
      figures[`decode.${figure}.${context}`] = ratio;
      if (context === USUAL_CONTEXT) figures[`decode.${figure}`] = ratio;
    };
    compare('fileVsLlamaCpp', 'file', llama);
    compare('int8VsLlamaCpp', 'int8', llama);
    compare('vsTransformersJs', 'file', times.get(TRANSFORMERS_JS));
  }
  return { figures, rows };
}

/** Microseconds a token, the first one left out: its time holds the prefill. */
function perToken({ tokens, us }: Decoded, name: string): number {
  if (tokens.length < 2)
    throw new UserError('engine', `${name} decoded ${tokens.length} tokens.`, 'Ask for more with --tokens.');
  return us / (tokens.length - 1);
}

/** The times of the setting with the smallest median. */
function fastest(settings: readonly (readonly [string, readonly number[]])[]): readonly number[] | undefined {
  return settings.map(([, times]) => times).sort((a, b) => median(a) - median(b))[0];
}

/** The part of the rounds' tokens that lies before the first one that differs from what `file` decoded. */
function agreement(rounds: readonly DecodeRound[], name: string): number {
  let same = 0;
  let all = 0;
  for (const round of rounds) {
    const [own, reference] = [round[name].tokens, round['file'].tokens];
    const length = Math.min(own.length, reference.length);
    const differing = own.findIndex((token, i) => i < length && token !== reference[i]);
    same += differing === -1 ? length : differing;
    all += length;
  }
  // Rounding may part two texts sooner or later; texts that never begin alike are of different models.
  if (same === 0)
    throw new UserError('engine', `${name} does not decode the same model.`, 'Remove .tools/peers.');
  return same / all;
}
