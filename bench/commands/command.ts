import { Command, type Option } from 'commander';
import { reportText, thisMachine, type Report } from '../report';

/** One benchmark of the command line. Its report is all that goes to stdout. */
export function benchmark<T extends object>(
  name: string,
  description: string,
  options: readonly Option[],
  run: (options: T) => Promise<Report>,
): Command {
  const command = new Command(name)
    .description(description)
    .option('--json', 'print JSON instead of Markdown');
  for (const option of options) command.addOption(option);
  return command.action(async (given: T & { json?: boolean }) => {
    console.log(reportText(await run(given), thisMachine(), given.json === true));
  });
}
