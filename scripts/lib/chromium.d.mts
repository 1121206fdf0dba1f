import type { Browser } from 'playwright-core';

/** @param executablePath the program to start, as scripts/lib/browser.mjs found it. */
export function launchChromium(executablePath: string): Promise<Browser>;
