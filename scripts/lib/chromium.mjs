// Chromium as the tests use it: no screen, no sandbox as root, no conversation with the outside.
import { chromium } from 'playwright-core';

export async function launchChromium(executablePath) {
  return chromium.launch({
    executablePath,
    chromiumSandbox: process.getuid?.() !== 0,
    args: [
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-gpu',
      '--disable-quic',
      '--disable-sync',
      '--no-first-run',
    ],
  });
}
