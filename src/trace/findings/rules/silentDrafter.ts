import { t } from '../../../l10n';
import { counted, percent } from '../../words';
import { evidence, type Rule } from '../finding';

const OFTEN = 0.4;

/** The drafter had nothing to offer in many rounds, which are plain steps then. */
export const silentDrafter: Rule = {
  id: 'silentDrafter',
  find({ header, rounds, drafted }) {
    const asked = rounds.filter(({ budget }) => budget.nodes > 0 && budget.depth > 0);
    const silent = asked.filter(({ token }) => token.length === 0);
    if (!drafted || silent.length < OFTEN * asked.length) return null;
    const share = silent.length / asked.length;
    const tryBest = ['prompt-lookup', 'suffix', 'token-recycling'].includes(header.drafter.id);
    return {
      sentence: t(
        '{0} offered nothing in {1} of {2}, which were plain steps{3}.',
        header.drafter.name,
        percent(share),
        counted(asked.length, 'round'),
        tryBest ? t(': a drafter that asks several has more to offer') : '',
      ),
      evidence: evidence(
        { silent: silent.length, asked: asked.length },
        { rounds: silent.map(({ index }) => index) },
      ),
      gain: null,
      setting: tryBest ? { key: 'draftscope.drafter', value: 'best-of' } : null,
      weight: share * 0.4,
    };
  },
};
