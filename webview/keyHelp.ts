import { select } from 'd3';
import { t } from '../src/l10n';

const ID = 'key-help';

/** Every key of the view, where it works, in words: called up by a button or by `?`. */
export class KeyHelp {
  private readonly list: HTMLElement;

  /** @param bar where its button stands */
  constructor(bar: HTMLElement, parent: HTMLElement) {
    select(bar)
      .append('button')
      .attr('class', 'link')
      .attr('popovertarget', ID)
      .attr('aria-keyshortcuts', '?')
      .attr('title', t('{0} ({1})', t('Keys of this view'), '?'))
      .text(t('Keys'));
    const list = select(parent)
      .append('div')
      .attr('id', ID)
      .attr('class', 'key-help')
      .attr('popover', 'auto')
      .attr('role', 'dialog')
      .attr('aria-label', t('Keys of this view'));
    for (const { where, keys } of keyGroups()) {
      list.append('h2').text(where);
      const row = list.append('dl').selectAll('div').data(keys).join('div');
      row
        .append('dt')
        .selectAll('kbd')
        .data(([names]) => names)
        .join('kbd')
        .text((name) => name);
      row.append('dd').text(([, does]) => does);
    }
    this.list = list.node()!;
  }

  get open(): boolean {
    return this.list.matches(':popover-open');
  }

  toggle(): void {
    this.list.togglePopover();
  }
}

interface KeyGroup {
  readonly where: string;
  readonly keys: readonly (readonly [names: readonly string[], does: string])[];
}

function keyGroups(): KeyGroup[] {
  return [
    {
      where: t('Everywhere'),
      keys: [
        [[',', '.'], t('One round back, one forward, in time')],
        [['<', '>'], t('To the rejection before, to the next one, in time')],
        [[t('Space')], t('Play at the recorded speed, or pause')],
        [['Escape'], t('Back to now')],
        [['?'], t('These keys')],
      ],
    },
    {
      where: t('Among the rounds'),
      keys: [
        [['↑', '↓'], t('To the parent, to the child')],
        [['←', '→'], t('Along the siblings, or to the round beside')],
        [[t('Page Up'), t('Page Down')], t('To the round before, to the next one')],
        [[t('Home'), t('End')], t('To the first round, to the last one')],
        [['[', ']'], t('To the rejected token before, to the next one')],
        [[t('Letters, digits')], t('To the next token that begins with what is typed')],
        [['Enter'], t('Keep the details on show, or let them go')],
        [['Escape'], t('Let the details go')],
      ],
    },
    {
      where: t('On the strip'),
      keys: [[['←', '→'], t('One round back, one forward')]],
    },
  ];
}
