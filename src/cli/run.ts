import { Command, CommanderError, Option } from 'commander';
import { version } from '../../package.json';
import type { SamplerSettings } from '../decoding/sampling';
import { drafters, findDrafter } from '../engine/drafters/catalogue';
import { sentenceOf, UserError } from '../errors';
import {
  acceptanceSchema,
  headTreeSchema,
  policySchema,
  providerChoiceSchema,
  weightsChoiceSchema,
  weightsSchema,
  type AcceptanceChoice,
  type HeadTree,
  type Policy,
  type ProviderChoice,
  type WeightsChoice,
} from '../protocol/engine';
import { agreementCommand } from './agreement';
import { listDrafters, type DraftersOptions } from './drafters';
import { loadEngine, type LoadEngine } from './engine';
import { describeCommand } from './describe';
import { generateCommand } from './generate';
import { importHeadCommand, type ImportHeadOptions } from './importHead';
import { printable } from './format';
import { EXIT, exitCodeOf, type Io } from './io';
import { fetchModel, listModels } from './models';
import { fetchCudaCommand, listProviders } from './providers';
import { traceCommand, type TraceOptions } from './trace';
import { choiceOption, listed, numberOption, textsOption } from './values';
import { whatIfOption } from './whatIfOption';

/**
 * Runs the command line.
 *
 * @param argv the arguments after the program's name
 * @returns the exit code: 0, 1 failure, 2 usage, 3 bad input file, 130 cancelled
 */
export async function run(argv: readonly string[], io: Io, load: LoadEngine = loadEngine): Promise<number> {
  let code: number = EXIT.ok;
  const program = commands(io, load, (result) => (code = result));
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    // Commander has written its own errors, and help, which it ends with an error of exit code 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    io.stderr(`draftscope: ${printable(sentenceOf(error))}\n`);
    return error instanceof UserError ? exitCodeOf(error.code) : EXIT.failure;
  }
}

function commands(io: Io, load: LoadEngine, done: (code: number) => void): Command {
  const program = new Command('draftscope')
    .description('Speculative decoding on a real model: generate, and see what every round did.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout(text),
      writeErr: (text) => io.stderr(text),
      // One line, also where Commander adds a second one with a suggestion.
      outputError: (text, write) =>
        write(
          `${text
            .trimEnd()
            .replace(/^error: /, 'draftscope: ')
            .replaceAll('\n', ' ')}\n`,
        ),
      getOutHelpWidth: () => 100,
      getErrHelpWidth: () => 100,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .addHelpText('after', '\nExit codes: 0, 1 failure, 2 usage, 3 bad input file, 130 cancelled.');

  withModel(program.command('generate').description('generate text and write it as it comes'))
    .optionsGroup('Prompt (one of the first three):')
    .option('--prompt <text>', "one user turn, after the template's default system sentence")
    .option('--prompt-file <file>', 'the same from a file as it stands, - for the standard input')
    .option('--chat <file>', 'a conversation: a JSON list of {role, content}, - for the standard input')
    .option('--raw', 'continue the prompt as it stands, without the chat template')
    .optionsGroup('Drafting:')
    .addOption(
      new Option('--drafter <id>', drafterHelp())
        .default('suffix')
        .argParser((id) => findDrafter(id).description.id),
    )
    .option(
      '--draft-model <model>',
      "for draft-model and staged: a model with the target's tokenizer, as in --model, the folder of one distilled from the target, or layers:6 for its first six layers, instead of the one that comes with Draftscope for the model",
    )
    .option(
      '--head <head>',
      'for medusa, hydra, clover, clover2 and eagle, alone or with +suffix: the folder of the trained head, or a released checkpoint (.safetensors), instead of the one that comes with Draftscope for the model',
    )
    .addOption(
      choice(
        '--head-tree <way>',
        headTreeSchema.options,
        'dynamic',
        "dynamic: at temperature 0 by what the head thinks in each round, as its paper has it; above it children in the order of the target's own draw, in a shape by how often each rank was taken so far. static: the tree that promised most when it was trained, EAGLE-1's for an imported head",
      ),
    )
    .addOption(
      choice(
        '--acceptance <rule>',
        acceptanceSchema.options,
        'auto',
        'auto: greedy at temperature 0, else sampled. sampled: follow the token that the target draws. ' +
          'speculativeSampling, block (chains) and multiRound (trees): judge drafted tokens by the law they were drawn from',
      ),
    )
    .addOption(
      choice(
        '--policy <id>',
        policySchema.options,
        'fixed',
        'fixed: drafts as large as asked for. costAware: of each draft, what pays on this machine. ' +
          'adaptive: a length that follows acceptance and throughput',
      ),
    )
    .addOption(number('--nodes <n>', 8, { min: 0, max: 64, whole: true }, 'most nodes in a draft tree'))
    .addOption(number('--depth <n>', 8, { min: 0, max: 64, whole: true }, 'most tokens on one path'))
    .optionsGroup('Sampling:')
    .addOption(number('--temperature <t>', 0, { min: 0 }, '0 is greedy decoding'))
    .addOption(
      number('--top-k <k>', 0, { min: 0, whole: true }, 'keep the k most probable tokens; 0 keeps all'),
    )
    .addOption(
      number(
        '--top-p <p>',
        1,
        { above: 0, max: 1 },
        'keep the fewest tokens of this probability; 1 keeps all',
      ),
    )
    .addOption(
      number(
        '--min-p <p>',
        0,
        { min: 0, max: 1 },
        'drop tokens below this fraction of the most probable one',
      ),
    )
    .addOption(
      number('--repetition-penalty <r>', 1, { above: 0 }, 'weaken tokens that were there; 1 does not'),
    )
    .addOption(number('--seed <n>', 0, { min: 0, max: 0xffffffff, whole: true }, 'same seed, same text'))
    .optionsGroup('Limits:')
    .addOption(number('--max-tokens <n>', 256, { min: 1, whole: true }, 'longest output, in tokens'))
    .option('--stop <text>', 'end before this text; may be given several times', textsOption('--stop'))
    .optionsGroup('Output:')
    .option('--trace <file>', 'record every round in a new file, best named *.spectrace.jsonl')
    .option('--replace', 'keep an earlier trace of that name under another one, and record')
    .option('--json', 'print one JSON object at the end instead of text')
    .action(async (options: GenerateArguments) => {
      done(await generateCommand(generateOptions(options), io, load));
    });

  program
    .command('trace')
    .description('sum up a trace file from its rounds, or say why the run is not faster')
    .argument('<file>', 'a *.spectrace.jsonl file, which may be cut off')
    .optionsGroup('Instead of the summary:')
    .option('--findings', 'why this run is not faster, and what to change')
    .option('--statistics', 'every metric, with its formula here and in other programs')
    .option(
      '--what-if <changes>',
      'predict another setting, such as nodes=4,depth=4; also width, min-q and policy; may be given several times',
      whatIfOption,
    )
    .option('--compare <file>', 'where another run of the same prompt differs, and which is faster where')
    .optionsGroup('Output:')
    .option('--json', 'print one JSON object, with "truncated"')
    .option('--chrome <file>', 'also write a new Chrome trace, for Perfetto and speedscope')
    .option('--csv <file>', 'also write a new table of the rounds')
    .option('--html <file>', 'also write a new report that needs nothing but a browser')
    .action(async (file: string, options: TraceArguments) => {
      done(await traceCommand(file, traceOptions(options), io));
    });

  withModel(
    program
      .command('models')
      .description('list the default model and the cache, or fetch a model')
      .option('--fetch', 'download and convert the model below now, so that it starts at once later')
      .option('--json', 'print one JSON object'),
  ).action(async (options: ModelArguments & ListArguments) => {
    const json = options.json === true;
    done(await (options.fetch ? fetchModel(modelRequest(options), json, io, load) : listModels(json, io)));
  });

  withModelName(
    program
      .command('drafters')
      .description("list the drafters, and what is known of a model's trained heads")
      .option('--head <folder>', 'a folder of heads instead of those that come with Draftscope')
      .option('--json', 'print one JSON object'),
  ).action(async (options: DraftersOptions) => done(await listDrafters(options, io)));

  withModelName(
    program
      .command('agreement')
      .description(
        "measure how often each weight form's first choice is that of fp32, and remember it; fp32 is converted too",
      )
      .option('--json', 'print one JSON object'),
  ).action(async (options: Parameters<typeof agreementCommand>[0]) => {
    done(await agreementCommand(options, io));
  });

  program
    .command('providers')
    .description('say where a model can run on this machine')
    .option('--again', 'try also what was tried before: a driver may have been installed')
    .option('--fetch-cuda', "say what a fetch of CUDA's libraries brings; with --yes, fetch them")
    .option('--yes', 'agree to the fetch')
    .option('--json', 'print one JSON object')
    .action(async ({ again = false, fetchCuda = false, yes = false, json = false }: ProvidersArguments) => {
      if (yes && !fetchCuda) throw new UserError('usage', '--yes agrees to nothing without --fetch-cuda.');
      done(await (fetchCuda ? fetchCudaCommand({ json, yes }, io) : listProviders({ json, again }, io)));
    });

  withModelName(
    program
      .command('import-head')
      .description('make a released drafter head one that --head takes: Medusa, Hydra, EAGLE-1, 2 or 3')
      .argument('<head>', 'a .safetensors file, or the folder that it was downloaded to')
      .requiredOption('--out <folder>', 'a new folder')
      .option('--licence <name>', "the head's licence, for its card")
      .option('--json', 'print one JSON object'),
  ).action(async (head: string, options: Omit<ImportHeadOptions, 'head' | 'json'> & { json?: boolean }) => {
    done(await importHeadCommand({ json: false, ...options, head }, io));
  });

  withModelName(
    program
      .command('describe')
      .description('print as JSON what a program that runs the converted model itself needs to know'),
  )
    .addOption(choice('--weights <form>', weightsSchema.options, 'file', listed(weightsSchema.options)))
    .action(async (options: Parameters<typeof describeCommand>[0]) => {
      done(await describeCommand(options, io));
    });

  return program;
}

interface ProvidersArguments {
  readonly again?: boolean;
  readonly fetchCuda?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

interface ModelArguments {
  readonly model: string;
  readonly weights: WeightsChoice;
  readonly provider: ProviderChoice;
  readonly threads: number;
}

interface ListArguments {
  readonly fetch?: boolean;
  readonly json?: boolean;
}

interface GenerateArguments extends ModelArguments, SamplerSettings {
  readonly prompt?: string;
  readonly promptFile?: string;
  readonly chat?: string;
  readonly raw?: boolean;
  readonly drafter: string;
  readonly draftModel?: string;
  readonly head?: string;
  readonly headTree: HeadTree;
  readonly acceptance: AcceptanceChoice;
  readonly policy: Policy;
  readonly nodes: number;
  readonly depth: number;
  readonly maxTokens: number;
  readonly stop?: readonly string[];
  readonly trace?: string;
  readonly replace?: boolean;
  readonly json?: boolean;
}

type TraceArguments = Partial<TraceOptions>;

function traceOptions(options: TraceArguments): TraceOptions {
  return { json: false, findings: false, statistics: false, whatIf: [], ...options };
}

function generateOptions(options: GenerateArguments): Parameters<typeof generateCommand>[0] {
  const { prompt, promptFile, chat, raw = false, replace = false, json = false } = options;
  const { temperature, topK, topP, minP, repetitionPenalty, seed } = options;
  return {
    ...{ prompt, promptFile, chat, raw, replace, json },
    model: { ...modelRequest(options), drafter: options.drafter },
    generation: {
      drafter: options.drafter,
      ...(options.draftModel === undefined ? {} : { draftModel: options.draftModel }),
      ...(options.head === undefined ? {} : { head: options.head }),
      headTree: options.headTree,
      acceptance: options.acceptance,
      sampler: { temperature, topK, topP, minP, repetitionPenalty, seed },
      maxTokens: options.maxTokens,
      stop: [...(options.stop ?? [])],
      budget: { policy: options.policy, nodes: options.nodes, depth: options.depth },
      trace: options.trace ?? null,
    },
  };
}

function modelRequest({ model, weights, provider, threads }: ModelArguments) {
  return { model, weights, provider, threads };
}

/** The option that names the model, in a group of its own. */
function withModelName(command: Command): Command {
  return command
    .optionsGroup('Model:')
    .option('--model <model>', 'default, a .gguf file, a Hugging Face folder or a hub id', 'default');
}

/** The options that say what to run. */
function withModel(command: Command): Command {
  return withModelName(command)
    .addOption(
      choice(
        '--weights <form>',
        weightsChoiceSchema.options,
        'file',
        `${listed(weightsChoiceSchema.options)}; auto takes the one expected to be fastest for the drafter, by costs measured here and acceptance assumed`,
      ),
    )
    .addOption(
      choice(
        '--provider <id>',
        providerChoiceSchema.options,
        'auto',
        `where the model runs: ${listed(providerChoiceSchema.options)}; auto takes the fastest that works here`,
      ),
    )
    .addOption(number('--threads <n>', 0, { min: 0, max: 256, whole: true }, '0 takes one for each core'));
}

function drafterHelp(): string {
  return drafters.map(({ description }) => `${description.id}: ${description.summary}`).join(' ');
}

function number(
  flags: string,
  value: number,
  range: Parameters<typeof numberOption>[1],
  help: string,
): Option {
  return new Option(flags, help).default(value).argParser(numberOption(flags.split(' ')[0], range));
}

function choice<T extends string>(flags: string, values: readonly T[], value: T, help: string): Option {
  return new Option(flags, help).default(value).argParser(choiceOption(flags.split(' ')[0], values));
}
