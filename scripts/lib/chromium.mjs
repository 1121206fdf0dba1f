// Chromium as the tests use it: no screen, no conversation with the outside, and no sandbox, which root and
// containers do not have: it shows nothing but our own pages.
import { chromium } from 'playwright-core';

export async function launchChromium(executablePath) {
  return chromium.launch({
    executablePath,
    chromiumSandbox: false,
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
