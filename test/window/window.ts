import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import type { Browser, FrameLocator, Locator, Page } from 'playwright-core';
import { launchChromium } from '../../scripts/lib/chromium.mjs';

/** What scripts/test.mjs tells: the address of a running VS Code, where folders and pictures go. */
function told(name: 'DRAFTSCOPE_CHROMIUM' | 'DRAFTSCOPE_SERVER' | 'DRAFTSCOPE_FOLDER' | 'DRAFTSCOPE_SHOTS') {
  const value = process.env[name];
  assert.ok(value, `${name} is not set: run this suite with \`npm test -- window\``);
  return value;
}

/** VS Code's window, used as a person uses it: by keyboard, and by what is to be seen. */
export class Window {
  private constructor(
    private readonly browser: Browser,
    private readonly page: Page,
  ) {}

  /** Opens a window on a new folder with these settings. */
  static async open(settings: Record<string, unknown> = {}): Promise<Window> {
    const folder = fs.mkdtempSync(path.join(told('DRAFTSCOPE_FOLDER'), 'workspace-'));
    fs.mkdirSync(path.join(folder, '.vscode'));
    fs.writeFileSync(path.join(folder, '.vscode', 'settings.json'), JSON.stringify(settings));
    const browser = await launchChromium(told('DRAFTSCOPE_CHROMIUM'));
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    page.setDefaultTimeout(60_000);
    const query = new URLSearchParams({ folder });
    await page.goto(`${told('DRAFTSCOPE_SERVER')}/?${query.toString()}`);
    // The extension's own icon: it is there, and VS Code has not switched it off.
    await page.getByRole('tab', { name: 'Draftscope' }).waitFor();
    return new Window(browser, page);
  }

  async close(): Promise<void> {
    await this.browser.close();
  }

  /** Runs a command from the palette. */
  async command(title: string): Promise<void> {
    await this.page.keyboard.press('F1');
    const palette = this.page.locator('.quick-input-widget');
    await palette.locator('input').fill(`>${title}`);
    await palette.locator('.monaco-list-row.focused', { hasText: title }).waitFor();
    await this.page.keyboard.press('Enter');
  }

  /** Answers the input box that a command has opened. */
  async answer(boxTitle: string, text: string): Promise<void> {
    await this.page.locator('.quick-input-title', { hasText: boxTitle }).waitFor();
    await this.page.keyboard.type(text);
    await this.page.keyboard.press('Enter');
  }

  /** The lines of the text editor, as far as they are drawn. */
  get text(): Locator {
    return this.page.locator('.editor-instance .view-lines');
  }

  /** The view in the side panel. */
  get panel(): FrameLocator {
    return this.webview('[src*="purpose=webviewView"]');
  }

  /** The view of a trace that is open as an editor; of all webviews, an editor's alone names no purpose. */
  get traceEditor(): FrameLocator {
    return this.webview(':not([src*="purpose="])');
  }

  /** The message that popped up with these words; progress pops up too. */
  toast(words: string | RegExp): Locator {
    return this.page.locator('.notification-toast .notification-list-item-message', { hasText: words });
  }

  /** The question in the middle of the window that nothing else goes on without. */
  dialog(words: string): Locator {
    return this.page.locator('.monaco-dialog-box', { hasText: words });
  }

  async picture(name: string): Promise<void> {
    await this.page.screenshot({ path: path.join(told('DRAFTSCOPE_SHOTS'), `${name}.png`) });
  }

  private webview(which: string): FrameLocator {
    return this.page.frameLocator(`iframe.webview${which}`).frameLocator('iframe#active-frame');
  }
}

/** The processes that run the engine of the extension that this suite's server has installed. */
export function engines(): number[] {
  return fs
    .readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && commandOf(pid).some(isOurEngine));
}

function isOurEngine(argument: string): boolean {
  return argument.startsWith(told('DRAFTSCOPE_FOLDER')) && path.basename(argument) === 'engine.js';
}

function commandOf(pid: number): string[] {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    // It ended while the list was made.
    return [];
  }
}
