import assert from 'node:assert/strict';
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';

/** Lints `code` as if it stood in `file`, by the rules about imports alone. */
async function complaints(file: string, code: string): Promise<string[]> {
  const eslint = new ESLint({
    // The walls need no types, and without them the file need not exist.
    overrideConfig: [tseslint.configs.disableTypeChecked],
    ruleFilter: ({ ruleId }) => ruleId.startsWith('boundaries/') || ruleId === 'no-restricted-imports',
  });
  const [result] = await eslint.lintText(code, { filePath: file });
  assert.equal(result.fatalErrorCount, 0, result.messages[0]?.message);
  return result.messages.map(({ message }) => message);
}

const forbidden = [
  {
    why: 'decoding imports trace',
    file: 'src/decoding/snippet.ts',
    code: "import { lineSchema } from '../trace/schema';",
    says: /"decoding" may not import "trace": imports point downwards only/,
  },
  {
    why: 'decoding names a type of trace in place',
    file: 'src/decoding/snippet.ts',
    code: "export type Line = import('../trace/schema').TraceLine;",
    says: /"decoding" may not import "trace"/,
  },
  {
    why: 'decoding loads trace when it runs',
    file: 'src/decoding/snippet.ts',
    code: "export const schema = import('../trace/schema');",
    says: /"decoding" may not import "trace"/,
  },
  {
    why: 'decoding depends on a package',
    file: 'src/decoding/snippet.ts',
    code: "import { z } from 'zod';",
    says: /src\/decoding is pure computation/,
  },
  {
    why: 'decoding reads files',
    file: 'src/decoding/snippet.ts',
    code: "import { readFile } from 'node:fs/promises';",
    says: /src\/decoding is pure computation/,
  },
  {
    why: 'models imports engine',
    file: 'src/models/snippet.ts',
    code: "import type { Drafter } from '../engine/drafter';",
    says: /"models" may not import "engine"/,
  },
  {
    why: 'trace re-exports protocol',
    file: 'src/trace/snippet.ts',
    code: "export { ENGINE_PROTOCOL } from '../protocol/engine';",
    says: /"trace" may not import "protocol"/,
  },
  {
    why: 'webview imports engine',
    file: 'webview/snippet.ts',
    code: "import type { Drafter } from '../src/engine/drafter';",
    says: /"webview" may not import "engine"/,
  },
  {
    why: 'host imports vscode',
    file: 'src/host/snippet.ts',
    code: "import * as vscode from 'vscode';",
    says: /Only src\/editor and src\/extension\.ts may touch the vscode module/,
  },
  {
    why: 'engine imports vscode',
    file: 'src/engine/snippet.ts',
    code: "import * as vscode from 'vscode';",
    says: /Only src\/editor and src\/extension\.ts may touch the vscode module/,
  },
  {
    why: 'editor imports ONNX Runtime',
    file: 'src/editor/snippet.ts',
    code: "import { InferenceSession } from 'onnxruntime-node';",
    says: /Only src\/engine may touch ONNX Runtime/,
  },
  {
    why: 'a file stands in no room',
    file: 'src/attic/snippet.ts',
    code: 'export const dust = 1;',
    says: /does not belong to any known element/,
  },
];

const allowed = [
  {
    why: 'engine imports decoding, models and ONNX Runtime',
    file: 'src/engine/snippet.ts',
    code: `
      import type { DraftTree } from '../decoding/draftTree';
      import type { Model } from '../models/model';
      import { InferenceSession } from 'onnxruntime-node';
      import { UserError } from '../errors';`,
  },
  {
    why: 'decoding imports decoding',
    file: 'src/decoding/snippet.ts',
    code: "import type { DraftTree } from './draftTree';",
  },
  {
    why: 'editor imports vscode and protocol',
    file: 'src/editor/snippet.ts',
    code: "import * as vscode from 'vscode';\nimport { toViewSchema } from '../protocol/view';",
  },
  {
    why: 'webview imports decoding',
    file: 'webview/snippet.ts',
    code: "import { ancestorMask } from '../src/decoding/draftTree';",
  },
];

describe('walls between the rooms', function () {
  // The first lint loads the whole configuration.
  this.timeout(60_000);

  for (const { why, file, code, says } of forbidden) {
    it(`stops the build when ${why}`, async () => {
      const messages = await complaints(file, code);
      assert.equal(messages.length, 1, messages.join('\n'));
      assert.match(messages[0], says);
    });
  }

  for (const { why, file, code } of allowed) {
    it(`lets it pass when ${why}`, async () => {
      assert.deepEqual(await complaints(file, code), []);
    });
  }
});
