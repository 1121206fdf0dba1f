import axe from 'axe-core';
import type { Page } from 'playwright-core';

/**
 * What would keep someone from using the page, as axe finds it; empty when nothing does.
 *
 * @param part a selector of what is looked at, where that is not the whole page
 */
export async function axeFaults(page: Page, part?: string): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async (selector) => {
    const { axe: loaded } = globalThis as unknown as { axe: typeof axe };
    const { violations } = await loaded.run(selector ?? document, { resultTypes: ['violations'] });
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map((n) => `${n.html} ${n.failureSummary}`).join('\n')}`);
  }, part);
}
