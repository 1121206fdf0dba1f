import { select } from 'd3';
import { t } from '../src/l10n';
import type { PictureFormat } from '../src/protocol/view';
import { setHidden } from './write';

/** The ways in which what is seen can be kept: as a picture, or the whole run as a file. */
export class SaveLinks {
  private readonly root;

  constructor(parent: HTMLElement, save: (format: PictureFormat) => void, exportRun: () => void) {
    this.root = select(parent)
      .append('div')
      .attr('class', 'save')
      .attr('role', 'group')
      .attr('aria-label', t('Keep this view'));
    const link = (name: string, title: string, run: () => void) =>
      this.root.append('button').attr('class', 'link').attr('title', title).text(name).on('click', run);
    link('SVG', t('Save what the list shows as an SVG file'), () => save('svg'));
    link('PNG', t('Save what the list shows as a PNG file'), () => save('png'));
    link(t('Export…'), t('Export the run: report, table, trace'), exportRun);
  }

  /** @param shown whether there is anything to keep */
  draw(shown: boolean): void {
    setHidden(this.root, !shown);
  }
}
