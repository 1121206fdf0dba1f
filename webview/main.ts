import { select } from 'd3';
import { z } from 'zod';
import type { ToView } from '../src/protocol/view';
import { Announcer } from './announcer';
import { BandList } from './bands';
import { Card } from './card';
import { openChannel } from './channel';
import { detailsOf, roundSummary } from './details';
import { Facts } from './facts';
import { Header } from './header';
import { itemId, parseItemId, type Item } from './item';
import { Legend } from './legend';
import { RecordStore, type Change } from './store';
import { Strip } from './strip';
import './style.css';
import { TextView } from './text';
import { Welcome } from './welcome';

/** What survives while the view is hidden. */
const savedSchema = z.object({
  generation: z.int(),
  anchor: z.object({ round: z.int(), offset: z.number() }),
  following: z.boolean(),
  item: z.string(),
  pinned: z.boolean(),
  textOpen: z.boolean(),
  showPruned: z.boolean(),
});
type Saved = z.infer<typeof savedSchema>;

/** Milliseconds between two savings of the state. */
const SAVE_PAUSE = 200;

/** Puts the parts together: messages change the store, one frame later the parts draw it. */
class View {
  private readonly channel = openChannel();
  private readonly store = new RecordStore();
  private readonly app = select(document.body).append('main').attr('class', 'app').node()!;
  private readonly header = new Header(this.app, () =>
    this.channel.post({ type: 'command', command: 'cancel' }),
  );
  private readonly strip = new Strip(this.app, this.store, (round) => this.bands.showRound(round));
  private readonly text = new TextView(
    this.app,
    (item) => this.bands.focusItem(item),
    () => this.save(),
  );
  private readonly bands: BandList;
  private readonly newest;
  private readonly card = new Card(this.app, () => this.unpin(true));
  private readonly facts = new Facts(this.app);
  private readonly legend = new Legend(this.app, (shown) => this.showPruned(shown));
  private readonly welcome = new Welcome(this.app, (command) =>
    this.channel.post({ type: 'command', command }),
  );
  private readonly announcer = new Announcer(this.app);
  private readonly saved: Saved | null;
  private pinned: Item | null = null;
  private frame: number | null = null;
  /** Whether more than the scroll position changed since the last frame. */
  private changed = true;
  private saving: ReturnType<typeof setTimeout> | null = null;

  constructor() {
    this.saved = savedSchema.safeParse(this.channel.restore()).data ?? null;
    const list = select(this.app)
      .insert('section', '.card')
      .attr('class', 'list')
      .attr('aria-label', 'Rounds');
    const columns = list.append('div').attr('class', 'columns').attr('aria-hidden', 'true');
    columns.append('span').text('Text');
    columns.append('span').text('Guesses of the drafter');
    this.bands = new BandList(list.node()!, this.store, {
      hover: (item, element) => this.showCard(item, element),
      focus: (item, element) => {
        this.text.mark(item);
        this.showCard(item, element);
        this.save();
      },
      pin: (item) => this.togglePin(item),
      escape: () => this.unpin(false),
      scroll: () => {
        this.followScroll();
        this.schedule('scroll');
      },
    });
    this.newest = list
      .append('button')
      .attr('class', 'newest')
      .text('↓ newest round')
      .on('click', () => {
        this.bands.following = true;
        this.schedule();
      });
    if (this.saved !== null) {
      this.text.open = this.saved.textOpen;
      this.store.showPruned = this.saved.showPruned;
    }
    new ResizeObserver(() => this.schedule()).observe(this.app);
    this.channel.listen((message) => this.receive(message));
    // Hidden, the page may be thrown away without another word.
    document.addEventListener('visibilitychange', () => this.keep());
    this.channel.post({ type: 'ready' });
    this.draw();
  }

  private get isWide(): boolean {
    return this.store.layout === 'wide';
  }

  private receive(message: ToView): void {
    const change = this.store.apply(message);
    switch (change.kind) {
      case 'stale':
        return;
      case 'gap':
        this.channel.post({
          type: 'problem',
          message: `The view expected round ${change.expected} and received round ${change.got}.`,
        });
        this.channel.post({ type: 'ready' });
        return;
      case 'replaced':
      case 'grown':
        this.takeIn(change);
    }
  }

  private takeIn(change: Extract<Change, { kind: 'replaced' | 'grown' }>): void {
    const from = change.kind === 'grown' ? change.from : 0;
    if (change.kind === 'replaced') {
      this.setPinned(null);
      this.card.hide();
      this.text.clear();
      this.bands.reset();
      this.bands.following = this.store.status.kind === 'generating' || this.store.status.kind === 'working';
    }
    this.text.append(this.store.rounds.slice(from));
    const last = this.store.rounds.at(-1);
    if (last !== undefined && change.kind === 'grown' && from < this.store.rounds.length) {
      this.announcer.say(roundSummary(last));
    }
    if (change.kind === 'replaced') {
      this.changed = true;
      this.draw();
      this.restore();
    }
    this.schedule();
  }

  /** Back to where the user was, when this is the record that was shown then. */
  private restore(): void {
    if (this.saved?.generation !== this.store.generation || this.store.rounds.length === 0) return;
    const { anchor, following, item, pinned } = this.saved;
    this.bands.following = following;
    if (!following) this.bands.anchor = anchor;
    const at = parseItemId(item);
    if (pinned && at !== null && at.round < this.store.rounds.length) this.togglePin(at);
  }

  private schedule(cause: 'scroll' | 'change' = 'change'): void {
    this.changed ||= cause === 'change';
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.draw();
    });
  }

  private draw(): void {
    if (this.changed) {
      this.drawRecord();
      if (this.bands.following) this.text.scrollToEnd();
    }
    this.changed = false;
    const { store, bands } = this;
    bands.draw();
    this.strip.frame(bands.visible);
    const live = store.status.kind === 'generating' && store.rounds.length > 0;
    this.newest.attr('hidden', live && !bands.following ? null : '');
    if (this.isWide && this.pinned === null && store.rounds.length > 0) this.showCard(bands.focused, null);
    this.save();
  }

  /** The parts that do not depend on the scroll position. */
  private drawRecord(): void {
    const { store } = this;
    const empty = store.rounds.length === 0 && store.drafted === null;
    const idle = store.status.kind !== 'generating' && store.status.kind !== 'working';
    select(this.app).classed('is-wide', this.isWide).classed('is-empty', empty);
    select(document.body).classed('draftscope-wide', this.isWide);
    this.welcome.draw(empty, idle);
    this.header.draw(store);
    this.facts.draw(this.isWide ? store.header : null);
    this.legend.draw(store.hasPruned, store.showPruned);
    this.strip.draw();
  }

  private showCard(item: Item | null, element: Element | null): void {
    if (this.pinned !== null) return;
    const round = item === null ? undefined : this.store.rounds.at(item.round);
    if (item === null || round === undefined) {
      if (!this.isWide) this.card.hide();
      return;
    }
    const details = detailsOf(round, item, this.store.header);
    if (this.isWide) this.card.dock(details);
    else if (element !== null) this.card.float(details, element);
  }

  /** A card keeps beside the item that the keyboard is at; one that the pointer called goes. */
  private followScroll(): void {
    if (this.pinned !== null || this.isWide) return;
    const element = this.bands.seenElementOf(this.bands.focused);
    if (element?.matches(':focus-visible')) this.showCard(this.bands.focused, element);
    else this.card.hide();
  }

  private togglePin(item: Item): void {
    const round = this.store.rounds.at(item.round);
    if (round === undefined) return;
    if (this.pinned !== null && itemId(this.pinned) === itemId(item)) {
      this.unpin(false);
      return;
    }
    this.setPinned(item);
    this.card.dock(detailsOf(round, item, this.store.header));
    // The card takes room from the list: what it is about must stay in sight.
    this.bands.reveal(item);
    this.save();
  }

  /** Lets the card go; from its own button, the keyboard goes back to the tree. */
  private unpin(refocus: boolean): void {
    this.setPinned(null);
    if (!this.isWide) this.card.hide();
    if (refocus) this.bands.focusItem(this.bands.focused);
    this.save();
  }

  private setPinned(item: Item | null): void {
    this.pinned = item;
    select(this.app).classed('is-pinned', item !== null);
  }

  private showPruned(shown: boolean): void {
    const { anchor } = this.bands;
    this.store.showPruned = shown;
    this.bands.anchor = { round: anchor.round, offset: 0 };
    this.schedule();
  }

  /** Keeps the state soon: scrolling asks for it every frame. */
  private save(): void {
    this.saving ??= setTimeout(() => {
      this.saving = null;
      this.keep();
    }, SAVE_PAUSE);
  }

  private keep(): void {
    if (this.store.generation < 0) return;
    const state: Saved = {
      generation: this.store.generation,
      anchor: this.bands.anchor,
      following: this.bands.following,
      item: itemId(this.pinned ?? this.bands.focused),
      pinned: this.pinned !== null,
      textOpen: this.text.open,
      showPruned: this.store.showPruned,
    };
    this.channel.save(state);
  }
}

new View();
