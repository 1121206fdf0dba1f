import assert from 'node:assert/strict';
import { reportText } from '../../../bench/report';

const machine = { cpu: 'A processor', cores: 2, platform: 'linux' as const };
const report = {
  figures: { 'spec.overall': 1.53219 },
  rows: [
    { drafter: 'suffix', 'over plain': '1.53' },
    { drafter: 'none', 'over plain': '1.00' },
  ],
  notes: ['Best: suffix.'],
};

describe('reportText', () => {
  it('as JSON is one object with the machine, the figures and the rows, and nothing else', () => {
    const { figures, rows } = report;
    assert.deepEqual(JSON.parse(reportText(report, machine, true)), { machine, figures, rows });
  });

  it('as Markdown has the machine, the table, the notes and the figures', () => {
    assert.equal(
      reportText(report, machine, false),
      [
        'A processor, 2 cores',
        '',
        '| drafter | over plain |',
        '| --- | --- |',
        '| suffix | 1.53 |',
        '| none | 1.00 |',
        '',
        'Best: suffix.',
        '',
        '| figure | value |',
        '| --- | --- |',
        '| spec.overall | 1.532 |',
      ].join('\n'),
    );
  });
});
