import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { EXTENSION } from './support';

interface Manifest {
  contributes: {
    commands: { command: string; title: string }[];
    configuration: {
      properties: Record<string, { default: unknown; description?: string; markdownDescription?: string }>;
    }[];
  };
}

describe('the installed extension', () => {
  let extension: vscode.Extension<unknown>;
  let manifest: Manifest;

  before(() => {
    const found = vscode.extensions.getExtension(EXTENSION);
    assert.ok(found, `${EXTENSION} is not installed`);
    extension = found;
    manifest = found.packageJSON as Manifest;
  });

  it('activates', async () => {
    await extension.activate();
    assert.equal(extension.isActive, true);
  });

  it('registers every command that it contributes', async () => {
    const contributed = manifest.contributes.commands.map(({ command }) => command);
    for (const name of [
      'generateFromPrompt',
      'generateFromSelection',
      'cancel',
      'chooseDrafter',
      'chooseModel',
      'openTrace',
      'exportTrace',
      'openSampleTrace',
    ]) {
      assert.ok(contributed.includes(`draftscope.${name}`), `draftscope.${name} is not contributed`);
    }
    const registered = new Set(await vscode.commands.getCommands(true));
    assert.deepEqual(
      contributed.filter((command) => !registered.has(command)),
      [],
    );
  });

  it('describes every setting, and VS Code knows its default', () => {
    const properties = Object.assign(
      {},
      ...manifest.contributes.configuration.map((c) => c.properties),
    ) as Manifest['contributes']['configuration'][0]['properties'];
    assert.ok(Object.keys(properties).length >= 10);
    for (const [name, property] of Object.entries(properties)) {
      const description = property.description ?? property.markdownDescription ?? '';
      assert.match(description, /\w+ \w+/, `${name} has no description`);
      const known = vscode.workspace.getConfiguration().inspect(name);
      assert.deepEqual(known?.defaultValue, property.default, name);
    }
  });
});
