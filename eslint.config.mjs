import js from '@eslint/js';
import boundaries from 'eslint-plugin-boundaries';
import tseslint from 'typescript-eslint';

/**
 * The walls of the house (see CONTRIBUTING.md): who may import whom. `errors` is the one file that every
 * room may use. A room that is missing from another's list cannot be imported there: the build fails.
 */
const rooms = {
  decoding: [],
  trace: ['decoding'],
  protocol: ['trace', 'decoding'],
  models: ['decoding'],
  engine: ['models', 'decoding', 'trace', 'protocol'],
  host: ['trace', 'protocol'],
  editor: ['host', 'trace', 'protocol'],
  cli: ['engine', 'models', 'trace', 'decoding'],
  webview: ['protocol', 'decoding', 'trace'],
};

const elements = [
  { type: 'errors', pattern: 'src/errors.ts', mode: 'full' },
  { type: 'entry', pattern: 'src/extension.ts', mode: 'full' },
  ...Object.keys(rooms)
    .filter((room) => room !== 'webview')
    .map((room) => ({ type: room, pattern: `src/${room}/**/*`, mode: 'full' })),
  { type: 'webview', pattern: 'webview/**/*', mode: 'full' },
  { type: 'bench', pattern: 'bench/**/*', mode: 'full' },
  { type: 'test', pattern: 'test/**/*', mode: 'full' },
];

const everything = elements.map((element) => element.type);

export default tseslint.config(
  { ignores: ['dist/', '.tools/', 'node_modules/', '.vscode-test/'] },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: { allowDefaultProject: ['*.mjs', 'scripts/*.mjs'] } },
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
      'boundaries/elements': elements,
    },
    rules: {
      'boundaries/element-types': [
        'error',
        {
          default: 'disallow',
          rules: [
            ...Object.entries(rooms).map(([room, below]) => ({
              from: room,
              allow: [room, 'errors', ...below],
            })),
            { from: 'entry', allow: everything },
            { from: 'bench', allow: ['bench', 'cli', 'errors', ...Object.keys(rooms)] },
            { from: 'test', allow: everything },
          ],
        },
      ],
      'no-restricted-imports': 'off',
    },
  },
  {
    files: ['src/**/*.ts', 'webview/**/*.ts'],
    ignores: ['src/editor/**', 'src/extension.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: [
            { name: 'vscode', message: 'Only src/editor and src/extension.ts may touch the vscode module.' },
          ],
        },
      ],
    },
  },
  {
    files: ['**/*.mjs'],
    ...tseslint.configs.disableTypeChecked,
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        Buffer: 'readonly',
        fetch: 'readonly',
      },
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-floating-promises': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
);
