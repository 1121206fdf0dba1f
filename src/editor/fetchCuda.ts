import * as vscode from 'vscode';
import type { Session } from '../host/session';
import { t } from '../l10n';
import type { CudaOffer } from '../protocol/engine';
import type { Generator } from './generator';

/** Fetches CUDA's libraries when the user has read what that is and agreed to it. */
export async function fetchCuda(generator: Generator, session: Session): Promise<void> {
  if (!(await generator.isFree())) return;
  const offer = await session.offerCuda();
  if (!offer.present) {
    const agree = t('Fetch Them');
    const question = t("Fetch ONNX Runtime's CUDA libraries?");
    const detail = describeOffer(offer);
    const chosen = await vscode.window.showInformationMessage(question, { modal: true, detail }, agree);
    if (chosen !== agree) return;
    await session.fetchCuda();
  }
  await vscode.window.showInformationMessage(
    t("CUDA's libraries are in {0}. The provider cuda is tried when a model is loaded next.", offer.folder),
  );
}

function describeOffer(offer: CudaOffer): string {
  return [
    t(
      'pip downloads the Python package {0} ({1}) from the index that it is set to.',
      offer.package,
      megabytes(offer.bytes),
    ),
    t('Its SHA-256 is checked, and {0} stay in {1}.', megabytes(offer.installedBytes), offer.folder),
    t('Licence: {0}. They need {1}, which are not fetched.', offer.licence, offer.needs),
  ].join('\n\n');
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
