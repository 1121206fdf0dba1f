import * as vscode from 'vscode';
import type { Session } from '../host/session';
import type { CudaOffer } from '../protocol/engine';
import type { Generator } from './generator';

/** Fetches CUDA's libraries when the user has read what that is and agreed to it. */
export async function fetchCuda(generator: Generator, session: Session): Promise<void> {
  if (!(await generator.isFree())) return;
  const offer = await session.offerCuda();
  if (!offer.present) {
    const agree = 'Fetch Them';
    const question = "Fetch ONNX Runtime's CUDA libraries?";
    const detail = describeOffer(offer);
    const chosen = await vscode.window.showInformationMessage(question, { modal: true, detail }, agree);
    if (chosen !== agree) return;
    await session.fetchCuda();
  }
  await vscode.window.showInformationMessage(
    `CUDA's libraries are in ${offer.folder}. The provider cuda is tried when a model is loaded next.`,
  );
}

function describeOffer(offer: CudaOffer): string {
  return [
    `pip downloads the Python package ${offer.package} (${megabytes(offer.bytes)}) from the index that it is set to.`,
    `Its SHA-256 is checked, and ${megabytes(offer.installedBytes)} stay in ${offer.folder}.`,
    `Licence: ${offer.licence}. They need ${offer.needs}, which are not fetched.`,
  ].join('\n\n');
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
