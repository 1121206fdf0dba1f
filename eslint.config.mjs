import js from '@eslint/js';
import boundaries from 'eslint-plugin-boundaries';
import tseslint from 'typescript-eslint';

/**
 * The walls of the house (see CONTRIBUTING.md): who may import whom. `errors` and `l10n` are the files that
 * every room may use. A room that is missing from another's list cannot be imported there: the build fails.
 */
const rooms = {
  decoding: [],
  trace: ['decoding'],
  protocol: ['trace', 'decoding'],
  models: ['decoding'],
  engine: ['models', 'decoding', 'trace', 'protocol'],
  host: ['trace', 'protocol'],
  editor: ['host', 'trace', 'protocol'],
  cli: ['engine', 'models', 'trace', 'decoding', 'protocol'],
  webview: ['protocol', 'decoding', 'trace'],
};

const room = (category, pattern) => ({ category, pattern });

const files = [
  room('errors', 'src/errors.ts'),
  room('l10n', 'src/l10n.ts'),
  room('entry', 'src/{extension,webExtension}.ts'),
  ...Object.keys(rooms).map((name) => room(name, name === 'webview' ? 'webview/**/*' : `src/${name}/**/*`)),
  room('bench', 'bench/**/*'),
  room('test', 'test/**/*'),
];

const everything = files.map(({ category }) => category);

const may = (from, to) => ({
  from: { file: { categories: from } },
  allow: { to: { file: { categories: { anyOf: to } } } },
});

const vscode = {
  name: 'vscode',
  message: 'Only src/editor and src/extension.ts may touch the vscode module.',
};
const onnxruntime = { name: 'onnxruntime-node', message: 'Only src/engine may touch ONNX Runtime.' };

export default tseslint.config(
  { ignores: ['dist/', '.tools/', 'node_modules/', '.vscode-test/', 'training/.venv/'] },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: true },
    },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      eqeqeq: 'error',
    },
  },
  {
    files: ['src/**/*.ts', 'webview/**/*.ts', 'test/**/*.ts', 'bench/**/*.ts'],
    plugins: { boundaries },
    settings: {
      'import/resolver': { node: { extensions: ['.ts', '.js', '.mjs'] } },
      'boundaries/files': files,
      'boundaries/additional-dependency-nodes': [
        { name: 'import-type', selector: 'TSImportType Literal', kind: 'type' },
      ],
    },
    rules: {
      'boundaries/dependencies': [
        'error',
        {
          default: 'disallow',
          message:
            'A file of "{{from.file.categories}}" may not import "{{to.file.categories}}": imports point downwards only (the walls stand in eslint.config.mjs).',
          policies: [
            ...Object.entries(rooms).map(([name, below]) => may(name, [name, 'errors', 'l10n', ...below])),
            may('entry', everything),
            may('bench', ['bench', 'cli', 'errors', 'l10n', 'test', ...Object.keys(rooms)]),
            may('test', everything),
          ],
        },
      ],
      // A new folder must be given its place among the rooms before anything can live there.
      'boundaries/no-unknown-files': 'error',
    },
  },
  {
    files: ['src/**/*.ts', 'webview/**/*.ts'],
    ignores: ['src/editor/**', 'src/engine/**', 'src/{extension,webExtension}.ts'],
    rules: { 'no-restricted-imports': ['error', { paths: [vscode, onnxruntime] }] },
  },
  {
    files: ['src/editor/**/*.ts', 'src/{extension,webExtension}.ts'],
    rules: { 'no-restricted-imports': ['error', { paths: [onnxruntime] }] },
  },
  {
    files: ['src/engine/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { paths: [vscode] }] },
  },
  {
    files: ['src/decoding/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [{ regex: '^[^.]', message: 'src/decoding is pure computation: it depends on nothing.' }],
        },
      ],
    },
  },
  {
    // Scripts are plain JavaScript: they run before anything is installed.
    files: ['**/*.mjs', '**/*.cjs'],
    ...tseslint.configs.disableTypeChecked,
    languageOptions: {
      ...tseslint.configs.disableTypeChecked.languageOptions,
      globals: {
        AbortController: 'readonly',
        Buffer: 'readonly',
        URL: 'readonly',
        URLSearchParams: 'readonly',
        clearTimeout: 'readonly',
        console: 'readonly',
        fetch: 'readonly',
        performance: 'readonly',
        process: 'readonly',
        setTimeout: 'readonly',
      },
    },
  },
  {
    files: ['**/*.cjs'],
    languageOptions: { sourceType: 'commonjs', globals: { module: 'writable', require: 'readonly' } },
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-floating-promises': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
);
