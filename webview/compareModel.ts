import { quantile } from 'd3';
import { t } from '../src/l10n';
import { partTime, type Comparison, type Part, type Segment } from '../src/trace/compare/compare';
import {
  commonSentence,
  paceSentence,
  REASONS,
  reasonName,
  signedDuration,
  timesOf,
} from '../src/trace/compare/sentences';
import { comparedExtents, type Extent } from '../src/trace/extent';
import { duration } from '../src/trace/labels';

/** A comparison apart from how it looks. The record on show is A. */
export interface CompareModel {
  readonly sentences: readonly string[];
  /** The round of A in which the two part; null where they do not. */
  readonly parting: number | null;
  readonly strip: PairedStrip;
  /** What made A take longer (above 0) or shorter. */
  readonly reasons: readonly ReasonModel[];
  readonly differences: Comparison['differences'];
  readonly segments: readonly SegmentModel[];
}

export interface ReasonModel {
  readonly name: string;
  readonly value: string;
  /** Of the largest one, from -1 to 1. */
  readonly share: number;
}

export interface SegmentModel {
  readonly name: string;
  /** A's first round in it. */
  readonly round: number;
  readonly cells: readonly string[];
}

/** The time a token over the text, of A above a line and of B below it. */
export interface PairedStrip {
  /** Tokens that the whole strip stands for: those that were compared. */
  readonly tokens: number;
  /** Microseconds a token of a bar as high as its half; what took longer is cut off there. */
  readonly most: number;
  readonly bars: readonly PairedBar[];
}

export interface PairedBar {
  /** In tokens. */
  readonly from: number;
  readonly to: number;
  /** Microseconds a token, at most `most`. */
  readonly a: number;
  readonly b: number;
  readonly faster: 'a' | 'b' | 'neither';
  /** A's first round in it. */
  readonly round: number;
  /** Its numbers in words. */
  readonly title: string;
}

/** A few slow rounds, such as a cold first one, must not flatten all others. */
const HIGHEST = 0.97;

export function compareModel(
  comparison: Comparison,
  extents: Readonly<Record<'a' | 'b', Extent>>,
): CompareModel {
  const { compared, divergence, reasons, differences, segments } = comparison;
  const largest = Math.max(...REASONS.map((reason) => Math.abs(reasons[reason])));
  return {
    sentences: [
      commonSentence(comparison),
      ...(compared.tokens === 0 ? [] : [paceSentence(comparison)]),
      ...comparedExtents(extents),
    ],
    parting: divergence?.a.round ?? null,
    strip: pairedStrip(comparison),
    reasons: REASONS.map((reason) => ({
      name: reasonName(reason),
      value: signedDuration(reasons[reason]),
      share: largest > 0 ? reasons[reason] / largest : 0,
    })),
    differences,
    segments: segments.map((segment) => ({
      name: tokensText(segment),
      round: segment.firstRound.a,
      cells: [
        `${segment.a.rounds}`,
        `${segment.b.rounds}`,
        duration(partTime(segment.a)),
        duration(partTime(segment.b)),
        timesOf(segment.a, segment.b),
      ],
    })),
  };
}

function pairedStrip({ compared, stretches }: Comparison): PairedStrip {
  const perToken = (part: Part, { tokens }: Segment) => partTime(part) / tokens;
  const times = stretches.flatMap((stretch) => [perToken(stretch.a, stretch), perToken(stretch.b, stretch)]);
  const most = Math.max(quantile(times, HIGHEST) ?? 0, Number.MIN_VALUE);
  return {
    tokens: compared.tokens,
    most,
    bars: stretches.map((stretch) => {
      const [a, b] = [perToken(stretch.a, stretch), perToken(stretch.b, stretch)];
      return {
        from: stretch.start,
        to: stretch.start + stretch.tokens,
        a: Math.min(most, a),
        b: Math.min(most, b),
        faster: a < b ? 'a' : a > b ? 'b' : 'neither',
        round: stretch.firstRound.a,
        title: t('{0}: A {1} a token, B {2}', tokensText(stretch), duration(a), duration(b)),
      };
    }),
  };
}

function tokensText({ start, tokens }: Segment): string {
  return tokens === 1 ? t('token {0}', start) : t('tokens {0} to {1}', start, start + tokens - 1);
}
