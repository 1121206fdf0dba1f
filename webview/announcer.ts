import { select } from 'd3';

/** Between two announcements, in milliseconds: a screen reader needs about so long for one. */
const PAUSE = 2000;

/** Tells a screen reader of the newest round; those that come while it speaks are left out. */
export class Announcer {
  private readonly region;
  private waiting: string | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(parent: HTMLElement) {
    this.region = select(parent)
      .append('div')
      .attr('class', 'unseen')
      .attr('aria-live', 'polite')
      .attr('role', 'status');
  }

  say(sentence: string): void {
    if (this.timer !== null) {
      this.waiting = sentence;
      return;
    }
    this.region.text(sentence);
    this.timer = setTimeout(() => {
      this.timer = null;
      const next = this.waiting;
      this.waiting = null;
      if (next !== null) this.say(next);
    }, PAUSE);
  }
}
