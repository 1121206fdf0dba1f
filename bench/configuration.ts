import { version } from '../package.json';
import { runtimeVersion } from '../src/engine/session';
import type { Model } from '../src/models/model';
import { thisMachine } from './report';
import type { Configuration } from './runLog';

/** What every benchmark's results depend on, and what else this one's do. */
export function configuration(bench: string, model: Model, more: Configuration): Configuration {
  const { cpu, cores } = thisMachine();
  return {
    bench,
    cpu,
    cores,
    draftscope: version,
    onnxruntime: runtimeVersion,
    model: model.files.map(({ sha256 }) => sha256).join(' '),
    ...more,
  };
}
