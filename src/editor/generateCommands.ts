import * as vscode from 'vscode';
import { UserError } from '../errors';
import { t } from '../l10n';
import type { Generator, Outcome } from './generator';
import type { Settings } from './settingsSchema';
import type { Destination } from './textOutput';

/** Asks for the prompt and remembers it for the next time, as long as the window lives. */
export class PromptCommand {
  private last = '';

  constructor(private readonly generator: Generator) {}

  /** @param given the prompt, from a keybinding's `args`; without it the user is asked */
  async run(given: unknown): Promise<Outcome | undefined> {
    const settings = this.generator.settings();
    const prompt = typeof given === 'string' ? given : await this.ask();
    if (prompt === undefined) return undefined;
    if (prompt.trim() === '')
      throw new UserError('usage', t('The prompt is empty.'), t('Write what to generate from.'));
    this.last = prompt;
    const editor = vscode.window.activeTextEditor;
    const place = editor && {
      title: t('At the Cursor'),
      document: editor.document,
      position: editor.selection.active,
      separator: '',
    };
    const destination = await chooseDestination(settings, place, vscode.ViewColumn.Active);
    if (destination === undefined || !(await this.generator.isFree())) return undefined;
    return this.generator.generate(prompt, settings, destination);
  }

  private async ask(): Promise<string | undefined> {
    return vscode.window.showInputBox({
      title: t('Generate from Prompt'),
      prompt: t('What should the model answer?'),
      placeHolder: t('For example: List the planets, each with one fact.'),
      value: this.last,
      ignoreFocusOut: true,
    });
  }
}

/** Generates from the selected text of the active editor; the text itself is never replaced. */
export async function generateFromSelection(generator: Generator): Promise<Outcome | undefined> {
  const settings = generator.settings();
  const editor = vscode.window.activeTextEditor;
  const prompt = editor?.document.getText(editor.selection) ?? '';
  if (editor === undefined || prompt.trim() === '') {
    throw new UserError(
      'usage',
      t('Nothing is selected.'),
      t('Select the text to generate from in an editor.'),
    );
  }
  const place = {
    title: t('After the Selection'),
    document: editor.document,
    position: editor.selection.end,
    // An answer is a paragraph of its own; a continuation follows at once.
    separator: settings.promptFormat === 'chat' && editor.selection.end.character > 0 ? '\n\n' : '',
  };
  const destination = await chooseDestination(settings, place, vscode.ViewColumn.Beside);
  if (destination === undefined || !(await generator.isFree())) return undefined;
  return generator.generate(prompt, settings, destination);
}

interface Place {
  readonly title: string;
  readonly document: vscode.TextDocument;
  readonly position: vscode.Position;
  readonly separator: string;
}

async function chooseDestination(
  { output }: Settings,
  place: Place | undefined,
  column: vscode.ViewColumn,
): Promise<Destination | undefined> {
  const untitled: Destination = { kind: 'untitled', column };
  if (place === undefined) return untitled;
  const { title, document, position, separator } = place;
  const insert: Destination = { kind: 'insert', document, offset: document.offsetAt(position), separator };
  switch (output) {
    case 'untitled':
      return untitled;
    case 'cursor':
      return insert;
    case 'ask': {
      const chosen = await vscode.window.showQuickPick(
        [
          { label: t('In a New Document'), destination: untitled },
          {
            label: title,
            description: vscode.workspace.asRelativePath(document.uri),
            destination: insert,
          },
        ],
        { title: t('Where Should the Text Go?') },
      );
      return chosen?.destination;
    }
  }
}
