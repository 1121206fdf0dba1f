import { decimal, plural, spokenLanguage, t } from '../../l10n';
import { analyse, type Analysis } from '../analysis';
import { costStory } from '../charts/costChart';
import { depthStory } from '../charts/depthChart';
import { entropyStory } from '../charts/entropyChart';
import type { ChartStory } from '../charts/chart';
import { hitsGrid } from '../charts/hitsGrid';
import { lengthsStory } from '../charts/lengthsChart';
import { stripChart } from '../charts/stripChart';
import { extentSentence } from '../extent';
import type { Finding } from '../findings/finding';
import { extentOf, laterVersionText, type Trace } from '../parse';
import { verifiedRows } from '../roundFacts';
import type { Round } from '../schema';
import { publishedMetrics, valueText, type Metric } from '../statistics/definitions';
import type { Statistics } from '../statistics/statistics';
import { eachOf, type Steps } from '../steps';
import { counted, formatDuration, formatShare } from '../words';
import { html, Html } from './html';
import { STYLE } from './style';
import { chartSvg, legend } from './svg';

/** Tokens of the output that are marked one by one. */
const MOST_TOKENS = 20_000;

/**
 * A run as one HTML page: what was found, the numbers with their formulas, drawings, and the text by origin. It
 * holds no script and refers to nothing outside itself, and its policy forbids both, whatever the tokens hold.
 *
 * @param name what the page calls the trace
 */
export function* htmlReport(trace: Trace, name: string): Steps<string> {
  const { header, rounds } = trace;
  const analysis = yield* analyse(header, rounds, true);
  const { statistics, findings } = analysis;
  const drawn = rounds.length === 0 ? new Html('') : yield* drawings(rounds, analysis);
  const marked = yield* text(rounds);
  const page = html`<!doctype html>
    <html lang="${spokenLanguage()}">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <meta name="viewport" content="width=device-width" />
        <title>${name}</title>
        <style>
          ${new Html(STYLE)}
        </style>
      </head>
      <body>
        <main>
          <h1>${name}</h1>
          ${about(trace, statistics)} ${warnings(trace)}
          <h2>${t('Why is it not faster here?')}</h2>
          <ol class="findings">
            ${(findings ?? []).map(findingItem)}
          </ol>
          ${drawn}
          <h2>${t('Metrics')}</h2>
          ${publishedMetrics().map((metric) => metricTable(metric, statistics))}
          <h2>${t('Text by origin')}</h2>
          ${marked}
        </main>
      </body>
    </html> `;
  return page.source;
}

function about({ header }: Trace, { summary }: Statistics): Html {
  const { model, weights, provider, drafter, acceptance, sampler, machine } = header;
  const law =
    sampler.temperature === 0
      ? t('greedy')
      : t('temperature {0}, seed {1}', sampler.temperature, sampler.seed);
  const speed = summary.tokensPerSecond === null ? '–' : decimal(summary.tokensPerSecond, 1);
  const tau = summary.acceptanceLength === null ? '–' : decimal(summary.acceptanceLength, 2);
  const keeps = acceptance.lossless ? t('lossless') : t('lossy');
  const cores = counted(machine.cores, 'core');
  return html`<p>
      ${t('{0}, {1} weights, {2}, on {3} ({4}).', model.name, weights, provider, machine.cpu, cores)}
      ${t('{0}, rule {1} ({2}), {3}.', drafter.name, acceptance.rule, keeps, law)}
      ${t('Recorded {0}.', header.created)}
    </p>
    <p>
      <strong>${t('{0} tokens/s', speed)}</strong>,
      ${t(
        'acceptance length {0}: {1} in {2}, {3}; the prompt took {4}.',
        tau,
        counted(summary.tokens, 'token'),
        counted(summary.rounds, 'round'),
        formatDuration(summary.t_us.total),
        formatDuration(summary.t_us.prefill),
      )}
    </p>`;
}

function warnings(trace: Trace): Html {
  const sentences = [
    ...(trace.truncated
      ? [t('The trace is not whole: {0}. The rounds that are there are counted.', trace.reason)]
      : []),
    ...(trace.laterVersion === null ? [] : [laterVersionText(trace.laterVersion)]),
    ...trace.doubts,
    extentSentence(extentOf(trace)),
  ].filter((sentence) => sentence !== '');
  return sentences.length === 0
    ? new Html('')
    : html`<ul class="warnings">
        ${sentences.map((one) => html`<li>${one}</li>`)}
      </ul>`;
}

function findingItem({ sentence, gain, setting, rule, evidence }: Finding): Html {
  const hints = [
    t('rule {0}', rule),
    ...(evidence.rounds.length > 0 ? [t('see round {0}', evidence.rounds.slice(0, 8).join(', '))] : []),
    ...(gain === null ? [] : [t('prediction ({0})', gain.support)]),
    ...(setting === null ? [] : [t('to try: {0} = {1}', setting.key, setting.value)]),
  ];
  return html`<li>${sentence} <small>${hints.join('; ')}</small></li>`;
}

function* drawings(rounds: readonly Round[], { statistics, cost }: Analysis): Steps<Html> {
  const forwards = rounds.map((round) => ({
    round: round.index,
    rows: verifiedRows(round),
    us: round.t_us.verify,
  }));
  const strip = chartSvg(stripChart(rounds));
  yield;
  const figures: Html[] = [];
  for (const story of [
    () => costStory(cost, forwards, statistics.counts.budget),
    () => depthStory(statistics),
    () => lengthsStory(statistics.acceptedLengths),
    () => entropyStory(statistics.entropy),
  ]) {
    figures.push(figure(story()));
    yield;
  }
  return html`<h2>${t('The run')}</h2>
    <figure>
      ${strip}
      <figcaption>
        ${t('A column a round: outlined how deep it was drafted, filled what was accepted.')}
      </figcaption>
    </figure>
    ${figures} ${hitsTable(statistics)} ${classesTable(statistics)}`;
}

function figure({ chart, summary, formulas }: ChartStory): Html {
  return html`<figure>
    <h3>${chart.label}</h3>
    ${chartSvg(chart)} ${legend(chart)}
    <figcaption>${summary} ${formulas.join(' ')}</figcaption>
  </figure>`;
}

function hitsTable({ hits }: Statistics): Html {
  const { ranks, rows } = hitsGrid(hits);
  if (rows.length === 0) return new Html('');
  return html`<table>
    <caption>
      ${t("The target's token among those drafted for its place, by depth and rank")}
    </caption>
    <tr>
      <th scope="col">${t('depth')}</th>
      <th scope="col">${t('places')}</th>
      ${Array.from({ length: ranks }, (_, rank) => html`<th scope="col">${t('rank {0}', rank + 1)}</th>`)}
      <th scope="col">${t('outside')}</th>
    </tr>
    ${rows.map(
      ({ depth, asked, cells, outside }) =>
        html`<tr>
          <th scope="row">${depth}</th>
          <td>${asked}</td>
          ${cells.map(({ share }) => html`<td>${formatShare(share)}</td>`)}
          <td>${formatShare(outside)}</td>
        </tr>`,
    )}
  </table>`;
}

function classesTable({ classes }: Statistics): Html {
  return html`<table>
    <caption>
      ${t('Acceptance by token class')}
    </caption>
    <tr>
      <th scope="col">${t('class')}</th>
      <th scope="col">${t('tokens')}</th>
      <th scope="col">${t('accepted')}</th>
    </tr>
    ${classes.map(
      ({ name, tokens, accepted }) =>
        html`<tr>
          <th scope="row">${name}</th>
          <td>${tokens}</td>
          <td>${formatShare(accepted / tokens)}</td>
        </tr>`,
    )}
  </table>`;
}

function metricTable({ name, unit, definitions }: Metric, { counts }: Statistics): Html {
  return html`<table class="metric">
    <caption>
      ${name}
    </caption>
    <tr>
      <th scope="col">${t('as defined by')}</th>
      <th scope="col">${t('formula')}</th>
      <th scope="col">${t('here')}</th>
    </tr>
    ${definitions.map(
      (one) =>
        html`<tr>
          <th scope="row">${one.engine}</th>
          <td>${one.formula}</td>
          <td>${valueText(one.value(counts), unit)}</td>
        </tr>`,
    )}
  </table>`;
}

function* text(rounds: readonly Round[]): Steps<Html> {
  const spans: Html[] = [];
  let left = 0;
  yield* eachOf(rounds, (round) => {
    round.emitted_text.forEach((token, i) => {
      if (spans.length >= MOST_TOKENS) return left++;
      const origin = i < round.accepted_path.length ? 'accepted' : round.end.kind;
      return spans.push(
        html`<span class="${origin}" title="${origin}, round ${round.index}">${token}</span>`,
      );
    });
  });
  const rest =
    left === 0
      ? new Html('')
      : html`<p>${plural(left, '{0} more token is not shown.', '{0} more tokens are not shown.')}</p>`;
  return html`<p class="legend">
      <span class="accepted">${t('accepted')}</span> <span class="bonus">${t('bonus')}</span>
      <span class="correction">${t('correction')}</span>
    </p>
    <p class="text">${spans}</p>
    ${rest}`;
}
