import * as vscode from 'vscode';
import type { Session } from '../host/session';
import { t } from '../l10n';
import type { TraceSummary } from '../trace/schema';
import type { ErrorReport } from './errorReport';
import { GENERATION_VIEW } from './ids';
import type { MarkedDocuments } from './markedDocuments';
import { readSettings } from './settings';
import { generationRequest, modelRequest, type Settings } from './settingsSchema';
import { TextOutput, type Destination } from './textOutput';
import type { TraceFolder } from './traceFolder';

/** What a generation left behind. */
export interface Outcome {
  readonly summary: TraceSummary;
  readonly trace: vscode.Uri;
}

export interface GeneratorParts {
  readonly extension: vscode.Extension<unknown>;
  readonly session: Session;
  readonly traces: TraceFolder;
  readonly documents: MarkedDocuments;
  readonly log: vscode.LogOutputChannel;
  readonly report: ErrorReport;
}

/** Runs generations under the user's settings, from the prompt to the text in its place. */
export class Generator {
  constructor(private readonly parts: GeneratorParts) {}

  settings(): Settings {
    return readSettings(this.parts.extension);
  }

  /** Whether nothing runs, or the user ended what did. */
  async isFree(): Promise<boolean> {
    const { session } = this.parts;
    if (!session.busy) return true;
    const cancelFirst = t('Cancel It');
    const chosen = await vscode.window.showWarningMessage(t('Draftscope is still at work.'), cancelFirst);
    if (chosen !== cancelFirst) return !session.busy;
    await session.cancel();
    return true;
  }

  /** @throws UserError when the generation did not come to its end; text, record and trace so far are kept */
  async generate(prompt: string, settings: Settings, destination: Destination): Promise<Outcome> {
    const { session, traces, documents, log, report } = this.parts;
    const trace = traces.next(settings.traceFolder, settings.drafter);
    if (settings.revealPanel) {
      report.settle(vscode.commands.executeCommand(`${GENERATION_VIEW}.focus`, { preserveFocus: true }));
    }
    const output = new TextOutput(destination, { trace, documents, log });
    try {
      const request = generationRequest(settings, prompt, trace.fsPath);
      const { summary, traceProblem } = await session.generate(request, (text, record) =>
        output.write(text, record),
      );
      log.info(`Generated ${summary.tokens} tokens in ${summary.rounds} rounds: ${trace.fsPath}`);
      if (traceProblem !== null) report.warn(traceProblem);
      return { summary, trace };
    } finally {
      await output.finish();
      output.dispose();
    }
  }

  /** Loads the model that the settings name, so that a wrong one shows now and not at the next prompt. */
  async load(): Promise<void> {
    await this.parts.session.load(modelRequest(this.settings()));
  }
}
