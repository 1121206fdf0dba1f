import { t } from '../l10n';
import type { Item } from '../trace/item';
import { hex, probability, provenance, tokenLabel } from '../trace/labels';
import { endReason, nodeReason, type RunFacts } from '../trace/reasons';
import { choicesOf } from '../trace/roundFacts';
import type { Round } from '../trace/schema';
import { shownRoundOf } from '../trace/shownRound';

/** What is said of one token of the text, as Markdown. Texts of the model's are shown as they stand, never as Markdown. */
export function hoverText(round: Round, item: Exclude<Item, { at: 'round' }>, run: RunFacts): string {
  const shown = shownRoundOf(round);
  const at = item.at === 'node' ? round.accepted_path.indexOf(item.node) : round.emitted.length - 1;
  const bytes = round.emitted_bytes[at];
  const reason = item.at === 'node' ? nodeReason(shown, item.node, run) : endReason(shown, run);
  const facts = [t('bytes {0}', bytes === '' ? t('none') : code(hex(bytes))), ...numbers(round, item, at)];
  if (item.at === 'node') facts.push(t('proposed by {0}', escaped(provenance(round.source[item.node]))));
  return [`${code(tokenLabel(round.emitted_text[at], bytes))} ${escaped(reason)}`, facts.join(' · ')].join(
    '\n\n',
  );
}

/** The target's probability and ranking of the token, the drafter's, and the node's number in the draw. */
function numbers(round: Round, item: Exclude<Item, { at: 'round' }>, at: number): string[] {
  const { p, top, token, offered } = choicesOf(round)[at];
  const rank = (top?.token.indexOf(token) ?? -1) + 1;
  const facts: string[] = [];
  if (p !== null) facts.push(`p ${escaped(probability(p))}`);
  if (rank > 0) facts.push(t('rank {0} of the target', rank));
  if (item.at === 'end') return facts;
  const q = round.q[item.node];
  if (q !== null) facts.push(`q ${escaped(probability(q))}`);
  facts.push(t('rank {0} of the draft', offered.indexOf(item.node) + 1));
  return facts;
}

/** A text as Markdown's code, whatever stands in it. */
function code(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence} ${text} ${fence}`;
}

/** A text as Markdown that shows it as it stands. */
function escaped(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+\-!|~<>&$:]/g, '\\$&');
}
