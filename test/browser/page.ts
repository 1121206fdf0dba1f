import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { delimiter, join } from 'node:path';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import german from '../../l10n/bundle.l10n.de.json';
import type { GenerationRecord } from '../../src/host/record';
import { ViewFeed } from '../../src/host/viewFeed';
import type { FromView } from '../../src/protocol/view';
import { themeSheet, THEMES, type ThemeName } from './themes';

/**
 * The webview in a plain browser: the built bundle in a page that has an editor theme's variables and the
 * policy that the editor's page has. `test/browser/dev.ts` serves the same page to look at.
 */
export class Harness {
  private constructor(
    private readonly server: Server,
    readonly browser: Browser,
  ) {}

  /** @param dist the folder with `webview.js` and `webview.css` */
  static async start(dist: string): Promise<Harness> {
    const server = await serve(dist, 0);
    const browser = await chromium.launch({
      executablePath: findChromium(),
      args: ['--no-sandbox', '--disable-gpu'],
    });
    return new Harness(server, browser);
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await new Promise((done) => this.server.close(done));
  }

  /** A fresh page of its own; `close` its context afterwards. */
  async open({
    theme = 'dark',
    width = 360,
    height = 800,
    language = 'en',
  }: PageOptions = {}): Promise<ViewPage> {
    const context = await this.browser.newContext({ viewport: { width, height }, reducedMotion: 'reduce' });
    const page = await context.newPage();
    const view = new ViewPage(page, context);
    const { port } = this.server.address() as AddressInfo;
    await page.goto(`http://127.0.0.1:${port}/?theme=${theme}&language=${language}`);
    await page.waitForSelector('.app');
    return view;
  }
}

export interface PageOptions {
  theme?: ThemeName;
  width?: number;
  height?: number;
  language?: Language;
}

type Language = 'en' | 'de';

/** A page that shows the view, and what the view said. */
export class ViewPage {
  /** Messages from the view, in order. */
  readonly said: FromView[] = [];
  /** Broken policies and uncaught errors: none, in a good run. */
  readonly complaints: string[] = [];
  private heard: (message: FromView) => void = () => undefined;

  constructor(
    readonly page: Page,
    private readonly context: BrowserContext,
  ) {
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('console', (message) => {
      const text = message.text();
      if (text.startsWith('said ')) {
        const said = JSON.parse(text.slice(5), revived) as FromView;
        this.said.push(said);
        this.heard(said);
      } else if (message.type() === 'error') this.complaints.push(text);
    });
  }

  /** Delivers messages one by one, each drawn before the next one. */
  async send(...messages: unknown[]): Promise<void> {
    for (const message of messages) {
      await this.post(message);
      await this.settle();
    }
  }

  /** Delivers messages, each right after the frame that draws the one before: scroll events of that frame wait. */
  async post(...messages: unknown[]): Promise<void> {
    // What travels to the browser is JSON, so buffers go as text and are buffers again there.
    const text = JSON.stringify(messages, (_, value: unknown) =>
      value instanceof ArrayBuffer ? { base64: Buffer.from(value).toString('base64') } : value,
    );
    await this.page.evaluate(async (json) => {
      const revive = (_: string, value: unknown) =>
        typeof value === 'object' && value !== null && 'base64' in value && Object.keys(value).length === 1
          ? bufferOf(atob(String(value.base64)))
          : value;
      // Large ones are measured: nothing is made a character.
      const bufferOf = (binary: string) => {
        const bytes = new Uint8Array(binary.length);
        for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
        return bytes.buffer;
      };
      for (const [i, message] of (JSON.parse(json, revive) as unknown[]).entries()) {
        if (i > 0) {
          await new Promise((taken) => setTimeout(taken));
          await new Promise((drawn) => requestAnimationFrame(drawn));
        }
        window.postMessage(message, window.origin);
      }
    }, text);
  }

  /** Waits until what the last input caused has been drawn, the elements that came later included. */
  async settle(): Promise<void> {
    await this.page.evaluate(async () => {
      const busy = () => document.querySelector(':is(.bands-canvas, .panel)[aria-busy="true"]') !== null;
      // A message is a task of its own, the view draws in the frame after it, and that frame must be over.
      for (let frame = 0; frame < 3 || (busy() && frame < 600); frame++) {
        await new Promise((drawn) => requestAnimationFrame(() => drawn(null)));
      }
    });
  }

  /** Connects the view with a record as the editor does; what the view asks for is answered. */
  connect(record: GenerationRecord, layout: 'panel' | 'wide' = 'panel'): ViewFeed {
    const feed = new ViewFeed(record, layout, (message) => this.post(message));
    const hear = (message: FromView) => {
      const { type } = message;
      if (type === 'command' || type === 'change' || type === 'picture' || type === 'problem') return;
      feed.receive(message);
    };
    for (const message of this.said) hear(message);
    this.heard = hear;
    return feed;
  }

  close(): Promise<void> {
    return this.context.close();
  }
}

/** Buffers come as text, as they go. */
function revived(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('base64' in value)) return value;
  return Uint8Array.from(Buffer.from(String(value.base64), 'base64')).buffer;
}

/** Serves the page on this machine only; `?theme=` chooses one of the four, `?language=` English or German. */
export async function serve(dist: string, port: number): Promise<Server> {
  const files: Record<string, string> = {
    '/webview.js': 'text/javascript',
    '/webview.css': 'text/css',
  };
  const server = createServer((request, response) => {
    void (async () => {
      // An isolated page: the browser lets it read the time to microseconds.
      response.setHeader('cross-origin-opener-policy', 'same-origin');
      response.setHeader('cross-origin-embedder-policy', 'require-corp');
      const url = new URL(request.url ?? '/', 'http://127.0.0.1');
      const theme = THEMES.find((name) => name === url.searchParams.get('theme')) ?? 'dark';
      if (url.pathname in files) {
        response.setHeader('content-type', files[url.pathname]);
        response.end(await readFile(join(dist, url.pathname)));
      } else if (url.pathname === '/theme.css') {
        response.setHeader('content-type', 'text/css');
        response.end(themeSheet(theme));
      } else if (url.pathname === '/') {
        const nonce = randomBytes(16).toString('hex');
        response.setHeader('content-type', 'text/html; charset=utf-8');
        response.setHeader(
          'content-security-policy',
          `default-src 'none'; style-src 'self'; script-src 'nonce-${nonce}'`,
        );
        const language = url.searchParams.get('language') === 'de' ? 'de' : 'en';
        response.end(html(theme, nonce, language));
      } else {
        // The browser asks for an icon: it has none, which is no error.
        response.statusCode = url.pathname === '/favicon.ico' ? 204 : 404;
        response.end();
      }
    })();
  });
  await new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening));
  return server;
}

/** The first script plays the editor: it logs what the view says, where the harness reads it. */
function html(theme: ThemeName, nonce: string, language: Language): string {
  const kind = theme.startsWith('high') ? `vscode-${theme} vscode-high-contrast` : `vscode-${theme}`;
  return `<!doctype html>
<html lang="${language}">
  <head>
    <meta charset="utf-8" />
    <title>Draftscope</title>
    <link rel="stylesheet" href="/theme.css?theme=${theme}" />
    <link rel="stylesheet" href="/webview.css" />
  </head>
  <body class="${kind} vscode-reduce-motion">
    <script nonce="${nonce}">
      addEventListener('message', ({ data }) => {
        if (data?.from !== 'draftscope-webview') return;
        const asText = (_, value) =>
          value instanceof ArrayBuffer
            ? { base64: btoa(Array.from(new Uint8Array(value), (byte) => String.fromCharCode(byte)).join('')) }
            : value;
        console.log('said ' + JSON.stringify(data.message, asText));
      });
    </script>
    <script nonce="${nonce}" id="texts" type="application/json">${language === 'de' ? JSON.stringify(german).replaceAll('<', '\\u003c') : ''}</script>
    <script nonce="${nonce}" src="/webview.js"></script>
  </body>
</html>
`;
}

/** `DRAFTSCOPE_CHROMIUM`, or the first browser of its family on the path. */
function findChromium(): string {
  const named = process.env['DRAFTSCOPE_CHROMIUM'];
  if (named !== undefined && named !== '') return named;
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  for (const name of ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']) {
    const found = folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
    if (found !== undefined) return found;
  }
  throw new Error('The browser tests need Chromium: install it, or set DRAFTSCOPE_CHROMIUM to its path.');
}
