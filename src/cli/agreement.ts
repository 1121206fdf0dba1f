import { agreementText } from '../trace/runFacts';
import { EXIT, type Io } from './io';
import { withModel } from './withModel';

/** Measures how far each weight form of a model agrees with fp32, and remembers it for later generations. */
export async function agreementCommand(
  { model: id, json = false }: { readonly model: string; readonly json?: boolean },
  io: Io,
): Promise<number> {
  return withModel(id, io, async (model, { onProgress, signal }, clear) => {
    const { measureAgreement } = await import('../engine/agreement');
    const measured = await measureAgreement(model, ['file', 'int8'], onProgress, signal);
    clear();
    if (json) io.stdout(`${JSON.stringify({ model: model.id, ...Object.fromEntries(measured) })}\n`);
    else {
      for (const [weights, weights_agreement] of measured) {
        io.stdout(`${weights.padEnd(4)}  ${agreementText({ weights, weights_agreement })}\n`);
      }
    }
    return EXIT.ok;
  });
}
