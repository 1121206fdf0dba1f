import path from 'node:path';
import { openModel } from '../../src/models/open';
import { weightsSchema } from '../../src/protocol/engine';
import { answerLogits, compareWithGolden, readLogitsGolden } from '../forms';
import { root } from '../options';
import { note, type Report } from '../report';
import type { Row } from '../table';
import { benchmark } from './command';

export const formsCommand = benchmark<object>(
  'forms',
  'agreement of each weight form with transformers in fp32',
  [],
  forms,
);

async function forms(): Promise<Report> {
  const golden = await readLogitsGolden(path.join(root, 'test', 'golden', 'logits.json'));
  const model = await openModel('default');
  try {
    const figures: Record<string, number> = {};
    const rows: Row[] = [];
    let reference: Float32Array[] | null = null;
    for (const form of weightsSchema.options) {
      note(`measuring ${form}`);
      const logits = await answerLogits(model, form, golden);
      const quality = compareWithGolden(form, golden, logits, reference);
      reference ??= logits;
      const topOne = quality.topOneEqual / quality.positions;
      figures[`forms.${form}.topOne`] = topOne;
      if (quality.meanKl !== null) figures[`forms.${form}.meanKl`] = quality.meanKl;
      rows.push({
        weights: form,
        positions: quality.positions,
        'top-1 equal': `${(100 * topOne).toFixed(1)} %`,
        'mean KL (nats)': quality.meanKl === null ? 'reference' : quality.meanKl.toExponential(1),
        'largest logit error': quality.largestLogitError.toExponential(1),
      });
    }
    return { figures, rows };
  } finally {
    await model.close();
  }
}
