import path from 'node:path';
import { serve } from './page';

/**
 * The webview in a browser, to look at and to try changes in:
 *
 *     npx esbuild test/browser/dev.ts --bundle --platform=node --external:playwright-core \
 *       --outfile=dist/test/browser/dev.js && node dist/test/browser/dev.js
 *
 * Then post messages to it in the browser's console, as the editor would: `postMessage({ type: 'snapshot', ... })`.
 * `?theme=` takes `dark`, `light`, `high-contrast` and `high-contrast-light`.
 */
const PORT = 8137;

void serve(path.resolve(__dirname, '../..'), PORT).then(() => {
  console.log(`The view is at http://127.0.0.1:${PORT}/?theme=dark`);
});
