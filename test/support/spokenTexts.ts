import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { repositoryRoot } from './repository';

/** A text that the source asks for in the user's language. */
export interface SpokenText {
  readonly text: string;
  /** `file:line`, as in an editor. */
  readonly place: string;
  /** Whether it is asked for while the module loads, when nobody knows the language. */
  readonly atLoad: boolean;
}

/** Which arguments of these functions are texts. */
const SPEAKERS: Readonly<Record<string, readonly number[]>> = { t: [0], plural: [1, 2] };

/** Every text of the source, and the calls whose text is not a literal: those cannot be translated. */
export function spokenTexts(): { texts: SpokenText[]; unread: string[] } {
  const texts: SpokenText[] = [];
  const unread: string[] = [];
  for (const folder of ['src', 'webview']) {
    for (const name of readdirSync(path.join(repositoryRoot, folder), {
      recursive: true,
      encoding: 'utf8',
    })) {
      const file = path.join(folder, name);
      if (file.endsWith('.ts') && file !== path.join('src', 'l10n.ts')) read(file, texts, unread);
    }
  }
  return { texts, unread };
}

function read(file: string, texts: SpokenText[], unread: string[]): void {
  const source = ts.createSourceFile(
    file,
    readFileSync(path.join(repositoryRoot, file), 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  );
  const visit = (node: ts.Node): void => {
    ts.forEachChild(node, visit);
    if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression)) return;
    const wanted = Object.hasOwn(SPEAKERS, node.expression.text) ? SPEAKERS[node.expression.text] : [];
    for (const at of wanted) {
      const argument = node.arguments.at(at);
      const place = `${file}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
      if (argument === undefined || !ts.isStringLiteralLike(argument)) unread.push(place);
      else texts.push({ text: argument.text, place, atLoad: !isInFunction(node) });
    }
  };
  visit(source);
}

function isInFunction(node: ts.Node): boolean {
  for (let above = node.parent; above !== undefined; above = above.parent) {
    if (ts.isFunctionLike(above)) return true;
  }
  return false;
}
