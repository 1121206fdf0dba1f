import { Command } from 'commander';
import { sentenceOf } from '../src/errors';
import { decodeCommand } from './commands/decode';
import { equalityCommand } from './commands/equality';
import { formsCommand } from './commands/forms';
import { headsCommand } from './commands/heads';
import { memoryCommand } from './commands/memory';
import { specCommand } from './commands/spec';
import { traceCommand } from './commands/trace';
import { verifyCommand } from './commands/verify';
import { viewCommand } from './commands/view';
import { whatIfCommand } from './commands/whatIf';
import { note } from './report';

/** Benchmarks: what is too slow for a test, or is a time. `npm run bench -- <name>`; README.md explains them. */
new Command('bench')
  .addCommand(decodeCommand)
  .addCommand(verifyCommand)
  .addCommand(specCommand)
  .addCommand(headsCommand)
  .addCommand(memoryCommand)
  .addCommand(formsCommand)
  .addCommand(equalityCommand)
  .addCommand(whatIfCommand)
  .addCommand(viewCommand)
  .addCommand(traceCommand)
  .parseAsync()
  .catch((error: unknown) => {
    note(sentenceOf(error));
    process.exitCode = 1;
  });
