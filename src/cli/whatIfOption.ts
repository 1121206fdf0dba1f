import { UserError } from '../errors';
import { MOST_ASKED, type Changes } from '../trace/whatIf/setting';
import { choiceOption, listed, numberOption } from './values';

const OPTION = '--what-if';

const READERS: Readonly<Record<string, (text: string) => Changes>> = {
  nodes: (text) => ({ nodes: whole('nodes')(text) }),
  depth: (text) => ({ depth: whole('depth')(text) }),
  width: (text) => ({
    width: numberOption(`${OPTION} width`, { min: 1, max: MOST_ASKED, whole: true })(text),
  }),
  'min-q': (text) => ({ minQ: numberOption(`${OPTION} min-q`, { min: 0, max: 1 })(text) }),
  policy: (text) => ({ policy: choiceOption(`${OPTION} policy`, ['fixed', 'costAware'] as const)(text) }),
};

/** Reads `nodes=4,depth=4`; the option may be given several times. */
export function whatIfOption(text: string, earlier: readonly Changes[] = []): readonly Changes[] {
  const changes = text.split(',').map((part) => {
    const [name, value, ...more] = part.split('=').map((piece) => piece.trim());
    if (!Object.hasOwn(READERS, name) || value === undefined || more.length > 0) {
      throw new UserError(
        'usage',
        `${OPTION} must be like nodes=4,depth=4, with ${listed(Object.keys(READERS))}, not "${text}".`,
      );
    }
    return READERS[name](value);
  });
  return [...earlier, Object.assign({}, ...changes) as Changes];
}

function whole(name: string): (text: string) => number {
  return numberOption(`${OPTION} ${name}`, { min: 0, max: MOST_ASKED, whole: true });
}
