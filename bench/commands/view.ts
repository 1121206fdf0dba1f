import { measureView } from '../view';
import { benchmark } from './command';

export const viewCommand = benchmark('view', 'the view with 10,000 and 100,000 nodes', [], () =>
  measureView(__dirname),
);
