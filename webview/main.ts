import './language';
import { select } from 'd3';
import { z } from 'zod';
import { t } from '../src/l10n';
import type { PictureFormat, ToView } from '../src/protocol/view';
import { AnalysisView } from './analysisView';
import { Announcer } from './announcer';
import { BandList } from './bands';
import { Card } from './card';
import './charts.css';
import { openChannel } from './channel';
import { detailsOf, roundSummary } from './details';
import { Header, headerLines, titleOf } from './header';
import { itemId, parseItemId, type Item } from '../src/trace/item';
import { KeyHelp } from './keyHelp';
import { Legend } from './legend';
import './panels.css';
import { pictureOf } from './picture';
import { pictureFile } from './pictureFile';
import './questions.css';
import { SaveLinks } from './saveLinks';
import { Selection } from './selection';
import { travelKey } from './shortcuts';
import { RecordStore, type Change, type RecordMessage } from './store';
import { Strip } from './strip';
import './style.css';
import { Supply, type Range } from './supply';
import { TextView } from './text';
import { readTheme, watchTheme } from './theme';
import { TimeTravel, type TravelCause } from './timeTravel';
import { Transport } from './transport';
import { Welcome } from './welcome';
import { setHidden } from './write';

/** What survives while the view is hidden. */
const savedSchema = z.object({
  generation: z.int(),
  anchor: z.object({ round: z.int(), offset: z.number() }),
  following: z.boolean(),
  item: z.string(),
  pinned: z.boolean(),
  textOpen: z.boolean(),
  showPruned: z.boolean(),
  folding: z.object({ unfolded: z.array(z.string()).readonly(), open: z.boolean() }),
  /** Rounds of the moment shown, null for now. */
  past: z.int().nonnegative().nullable(),
});
type Saved = z.infer<typeof savedSchema>;

/** Milliseconds between two savings of the state. */
const SAVE_PAUSE = 200;

/** Puts the parts together: messages change the store, one frame later the parts draw it. */
class View {
  private readonly channel = openChannel();
  private readonly store = new RecordStore();
  private readonly supply = new Supply(this.store, (message) => this.channel.post(message));
  private readonly selection = new Selection();
  private readonly app = select(document.body).append('main').attr('class', 'app').node()!;
  private readonly header = new Header(this.app, () =>
    this.channel.post({ type: 'command', command: 'cancel' }),
  );
  private readonly travel = new TimeTravel(this.store, {
    changed: (cause) => this.travelled(cause),
    still: () => document.body.classList.contains('vscode-reduce-motion'),
  });
  private readonly strip = new Strip(
    this.app,
    this.store,
    (round) => this.moveTo(round),
    () => this.schedule(),
  );
  private readonly transport = new Transport(this.app, this.store, this.travel);
  private readonly text = new TextView(
    this.app,
    this.store,
    (item) => this.bands.focusItem(item),
    () => this.save(),
  );
  private readonly bands: BandList;
  private readonly newest;
  private readonly card = new Card(this.app, () => this.unpin(true), {
    point: (item) => (this.selection.pointed = item),
    show: (item) => this.lookAt(item),
  });
  private readonly analysis = new AnalysisView(this.app, this.strip, this.store, {
    post: (message) => this.channel.post(message),
    look: (item) => this.lookAt(item),
    seen: () => this.bands.visible,
    drawRound: () => this.refreshCard(),
    say: (sentence) => this.announcer.say(sentence),
    changed: () => this.schedule(),
    toggled: () => this.save(),
  });
  private readonly legend = new Legend(this.app, (shown) => this.showPruned(shown));
  private readonly saveLinks = new SaveLinks(
    this.legend.element,
    (format) => this.savePicture(format),
    () => this.channel.post({ type: 'command', command: 'exportTrace' }),
  );
  private readonly welcome = new Welcome(this.app, (command) =>
    this.channel.post({ type: 'command', command }),
  );
  private readonly announcer = new Announcer(this.app);
  private readonly keyHelp = new KeyHelp(this.transport.tools, this.app);
  private readonly saved: Saved | null;
  /** The layout that the parts stand in; null before the first record. */
  private placed: RecordStore['layout'] | null = null;
  /** What the card is about, and the element that it floats beside; null while there is none. */
  private shown: { readonly item: Item; readonly beside: Element | null } | null = null;
  /** What the editor wants shown, null once it is. */
  private goal: Item | null = null;
  private frame: number | null = null;
  /** Whether more than the scroll position changed since the last frame. */
  private changed = true;
  /** The message that the editor waits to hear has been drawn, null while there is none. */
  private owing: number | null = null;
  private saving: ReturnType<typeof setTimeout> | null = null;

  constructor() {
    this.saved = savedSchema.safeParse(this.channel.restore()).data ?? null;
    const list = select(this.app)
      .insert('section', '.card')
      .attr('class', 'list')
      .attr('aria-label', t('Rounds'));
    const columns = list.append('div').attr('class', 'columns').attr('aria-hidden', 'true');
    columns.append('span').text(t('Text'));
    columns.append('span').text(t('Guesses of the drafter'));
    this.bands = new BandList(list.node()!, this.store, this.selection, {
      hover: (item, element) => {
        this.selection.pointed = item;
        this.showCard(item, element);
      },
      focus: (item, element) => {
        this.text.mark(item);
        this.showCard(item, element);
        if (this.isWide) this.analysis.round.element.scrollIntoView({ block: 'nearest' });
        this.save();
      },
      pin: (item) => this.togglePin(item),
      escape: () => {
        if (this.selection.pinned !== null) this.unpin(false);
        else if (this.store.moment !== null) this.travel.toNow();
      },
      scroll: () => this.schedule('scroll'),
      move: () => this.followScroll(),
      resize: () => this.schedule('scroll'),
    });
    this.newest = list
      .append('button')
      .attr('class', 'newest')
      .text(t('↓ newest round'))
      .on('click', () => {
        this.bands.following = true;
        this.schedule();
      });
    if (this.saved !== null) {
      this.text.open = this.saved.textOpen;
      this.store.showPruned = this.saved.showPruned;
    }
    this.selection.subscribe((change) => {
      switch (change) {
        case 'pinned':
          select(this.app).classed('is-pinned', this.selection.pinned !== null);
          break;
        case 'current':
          if (this.isWide && this.selection.pinned === null) this.showCard(this.selection.current, null);
          break;
        case 'pointed':
          this.card.point(this.selection.pointed ?? this.shown?.item ?? null);
      }
    });
    new ResizeObserver(() => this.restyle()).observe(this.app);
    watchTheme(() => {
      this.text.rewrap();
      this.restyle();
    });
    this.channel.listen((message) => this.receive(message));
    document.addEventListener('keydown', (event) => this.onKey(event));
    document.addEventListener('visibilitychange', () => {
      // Frames stop while the page is hidden: the recorded clock is not to run on.
      this.travel.pause();
      // Hidden, the page may be thrown away without another word.
      this.keep();
    });
    this.ready();
    this.draw();
  }

  private get isWide(): boolean {
    return this.store.layout === 'wide';
  }

  private ready(): void {
    const { saved } = this;
    this.channel.post({
      type: 'ready',
      round: saved === null || saved.following ? null : saved.anchor.round,
    });
  }

  /** Hands what the list shows to the editor, which asks where to keep it. */
  private savePicture(format: PictureFormat): void {
    const { store, bands } = this;
    const theme = readTheme(bands.element);
    const title = titleOf(store);
    const picture = pictureOf(title, headerLines(store), bands.seen, bands.width, theme);
    pictureFile(format, picture, theme).then(
      (data) => this.channel.post({ type: 'picture', format, title, data }),
      (error: unknown) =>
        this.channel.post({ type: 'problem', message: `The view made no picture: ${String(error)}.` }),
    );
  }

  private receive(message: ToView): void {
    switch (message.type) {
      case 'analysis':
      case 'unanalysed':
      case 'forecast':
      case 'unforeseen':
      case 'comparison':
        this.analysis.take(message);
        break;
      case 'draw':
        this.savePicture(message.format);
        break;
      case 'reveal':
        this.goal = parseItemId(message.item);
        this.reachGoal();
        break;
      case 'snapshot':
      case 'delta':
      case 'nodes':
      case 'round':
      case 'unread':
        this.apply(message);
    }
  }

  private apply(message: RecordMessage): void {
    const change = this.store.apply(message);
    switch (change.kind) {
      case 'stale':
        return;
      case 'faulty':
        this.channel.post({
          type: 'problem',
          message: `The view received a message of type ${message.type} that does not hold: ${change.fault}.`,
        });
        return;
      case 'gap':
        this.channel.post({
          type: 'problem',
          message: `The view expected round ${change.expected} and received round ${change.got}.`,
        });
        this.ready();
        return;
      case 'arrived':
        this.supply.answered(change.what, change.first);
        this.refreshCard();
        this.reachGoal();
        this.schedule(change.what === 'nothing' ? 'change' : 'scroll');
        return;
      case 'replaced':
      case 'grown':
        if ('sequence' in message) this.owing = message.sequence;
        this.takeIn(change);
    }
  }

  private takeIn(change: Extract<Change, { kind: 'replaced' | 'grown' }>): void {
    const { store, bands } = this;
    if (change.kind === 'replaced') {
      this.supply.reset();
      this.travel.reset();
      this.selection.pinned = null;
      this.selection.pointed = null;
      this.hideCard();
      this.text.clear();
      bands.reset();
      this.analysis.replaced();
      this.place();
      bands.following = store.status.kind === 'generating' || store.status.kind === 'working';
      this.changed = true;
      this.draw();
      this.restyle();
      this.restore();
    } else if (change.from < store.count && store.status.kind !== 'reading' && store.moment === null) {
      const last = store.count - 1;
      this.announcer.say(roundSummary(store.round(last) ?? store.head(last)));
    }
    if (change.kind === 'grown') this.analysis.grown();
    this.reachGoal();
    this.schedule();
  }

  /** Where there is room, the card and the text stand among the panels, else beside the rounds. */
  private place(): void {
    const { store, card, text, analysis } = this;
    if (this.placed === store.layout) return;
    this.placed = store.layout;
    select(document.body).classed('draftscope-wide', this.isWide);
    if (this.isWide) {
      analysis.round.body.append(card.element);
      analysis.round.element.after(text.element);
    } else {
      analysis.element.before(card.element);
      this.transport.element.after(text.element);
    }
    analysis.place(this.isWide);
    if (this.saved !== null) analysis.folding = this.saved.folding;
  }

  /** Shows what the editor wants shown, once its round and its nodes are here. */
  private reachGoal(): void {
    const { goal, store } = this;
    if (goal === null || goal.round >= store.count) return;
    this.travel.toNow();
    if (store.round(goal.round) === null) {
      this.bands.showRound(goal.round);
      return;
    }
    this.goal = null;
    this.bands.focusItem(goal);
    const { pinned } = this.selection;
    if (pinned === null || itemId(pinned) !== itemId(goal)) this.togglePin(goal);
  }

  /** Back to where the user was, when this is the record that was shown then. */
  private restore(): void {
    if (this.saved?.generation !== this.store.generation || this.store.count === 0) return;
    const { anchor, following, item, pinned, past } = this.saved;
    if (past !== null && past < this.store.count) this.store.moment = { rounds: past, drafted: false };
    this.bands.following = following;
    if (!following) this.bands.anchor = anchor;
    const at = parseItemId(item);
    if (pinned && at !== null && at.round < this.store.count) this.togglePin(at);
  }

  /** The strip leads to a round: in the list, or in time while a moment is chosen. */
  private moveTo(round: number): void {
    if (this.store.moment === null) this.bands.showRound(round);
    else this.travel.to(round);
  }

  /** Shows the end of what had happened, as it is shown while it happens. */
  private travelled(cause: TravelCause): void {
    const { store, bands, selection } = this;
    const last = store.past - 1;
    const hadFocus = bands.hasFocus;
    bands.following = true;
    if (selection.pinned !== null && selection.pinned.round > last) this.unpin(false);
    if (last >= 0 && (cause !== 'played' || selection.current.round > last)) {
      selection.current = { at: 'round', round: last };
    }
    if (cause !== 'played') {
      this.announcer.say(
        last < 0 ? t('Before round 0.') : roundSummary(store.round(last) ?? store.head(last)),
      );
      if (hadFocus && last >= 0) bands.focusItem(selection.current);
    }
    this.schedule();
  }

  private onKey(event: KeyboardEvent): void {
    const { key, target, ctrlKey, metaKey, altKey, defaultPrevented } = event;
    if (defaultPrevented || ctrlKey || metaKey || altKey || !(target instanceof Element)) return;
    if (target.matches('input:not([type=range]), select, textarea')) return;
    if (key === ' ' && target.matches('button, summary')) return;
    if (key === 'Escape' && (this.store.moment === null || this.keyHelp.open)) return;
    const run = key === '?' ? () => this.keyHelp.toggle() : travelKey(key, this.travel);
    if (run === null) return;
    event.preventDefault();
    run();
  }

  private schedule(cause: 'scroll' | 'change' = 'change'): void {
    this.changed ||= cause === 'change';
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.draw();
    });
  }

  /** The room, the theme or the pixels of the screen became others. */
  private restyle(): void {
    this.strip.measure();
    this.bands.restyle();
    this.schedule();
  }

  private draw(): void {
    const { store, bands, text } = this;
    // First, while nothing was written: where it is asks for what the last frame laid out.
    text.settle();
    if (this.changed) this.drawRecord();
    const changed = this.changed;
    this.changed = false;
    const bandsWait = bands.draw();
    // While the user scrolls, the rounds come first; the text catches up where that ends.
    const { rests } = bands;
    const textWaits = !rests || text.draw(Math.max(0, bands.following ? store.past - 1 : bands.visible[0]));
    const { visible } = bands;
    this.strip.frame(visible);
    const seen: Range = [Math.max(0, visible[0]), visible[1] + 1];
    // What is asked for while a file is read is taken from the reading.
    this.supply.want(store.status.kind === 'reading' || !rests ? [seen] : [seen, text.part]);
    const live = store.status.kind === 'generating' && store.count > 0;
    setHidden(this.newest, !live || bands.following || store.moment !== null);
    if (changed && this.isWide && this.shown === null && store.count > 0) {
      this.showCard(this.selection.current, null);
    }
    // Last, since each asks the browser where everything is: after all that was written it tells that once.
    bands.scroll();
    if (changed && bands.following) {
      if (store.moment === null) text.scrollToEnd();
      else text.scrollToEdge();
    }
    if (this.owing !== null) this.channel.post({ type: 'received', sequence: this.owing });
    this.owing = null;
    if (bandsWait || textWaits) this.schedule('scroll');
    this.save();
  }

  /** The parts that do not depend on the scroll position. */
  private drawRecord(): void {
    const { store } = this;
    const empty = store.count === 0 && store.pending === null;
    const idle =
      store.status.kind !== 'generating' &&
      store.status.kind !== 'working' &&
      store.status.kind !== 'reading';
    select(this.app).classed('is-wide', this.isWide).classed('is-empty', empty);
    this.welcome.draw(empty, idle);
    this.header.draw(store);
    this.legend.draw(store.hasPruned, store.showPruned);
    this.saveLinks.draw(!empty);
    this.strip.draw();
    if (this.isWide) this.analysis.drawBrush();
    this.transport.draw();
  }

  private showCard(item: Item | null, element: Element | null): void {
    if (this.selection.pinned !== null) return;
    if (item === null || item.round >= this.store.past) {
      if (!this.isWide) this.hideCard();
      return;
    }
    if (this.isWide || element !== null) this.fillCard({ item, beside: this.isWide ? null : element });
  }

  private fillCard(shown: NonNullable<View['shown']>): void {
    const { store } = this;
    const { item, beside } = shown;
    this.shown = shown;
    this.supply.ask(item.round);
    const round = store.round(item.round) ?? store.head(item.round);
    const whole = store.wholeRound(item.round);
    const run = store.header;
    const subject = { item, round, whole, run, details: detailsOf(round, whole, item, run) };
    if (beside === null) this.card.dock(subject);
    else this.card.float(subject, beside);
  }

  /** More has come of what the card is about. */
  private refreshCard(): void {
    if (this.shown?.beside?.isConnected === false) this.hideCard();
    else if (this.shown !== null) this.fillCard(this.shown);
  }

  private hideCard(): void {
    this.shown = null;
    this.card.hide();
  }

  /** A card keeps beside the item that the keyboard is at; one that the pointer called goes. */
  private followScroll(): void {
    if (this.selection.pinned !== null || this.isWide) return;
    if (this.shown === null && !this.bands.hasFocus) return;
    const element = this.bands.seenElementOf(this.selection.current);
    if (element?.matches(':focus-visible')) this.showCard(this.selection.current, element);
    else this.hideCard();
  }

  /** Scrolls to an item that another part of the view speaks of, and puts the keyboard there. */
  private lookAt(item: Item): void {
    this.selection.pinned = null;
    const round = this.store.round(item.round);
    if (item.at === 'node' && round?.state[item.node] === 'pruned') this.showPruned(true);
    if (item.round >= this.store.past) this.travel.to(item.round);
    this.bands.focusItem(item);
  }

  private togglePin(item: Item): void {
    const { pinned } = this.selection;
    if (item.round >= this.store.past) return;
    if (pinned !== null && itemId(pinned) === itemId(item)) {
      this.unpin(false);
      return;
    }
    this.selection.pinned = item;
    this.fillCard({ item, beside: null });
    // The card takes room from the list: what it is about must stay in sight.
    this.bands.reveal(item);
    this.save();
  }

  /** Lets the card go; from its own button, the keyboard goes back to the tree. */
  private unpin(refocus: boolean): void {
    this.selection.pinned = null;
    if (!this.isWide) this.hideCard();
    if (refocus) this.bands.focusItem(this.selection.current);
    this.save();
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
      item: itemId(this.selection.pinned ?? this.selection.current),
      pinned: this.selection.pinned !== null,
      textOpen: this.text.open,
      showPruned: this.store.showPruned,
      folding: this.analysis.folding,
      past: this.store.moment?.rounds ?? null,
    };
    this.channel.save(state);
  }
}

new View();
