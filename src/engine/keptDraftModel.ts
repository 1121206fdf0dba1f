import type { Provider } from '../protocol/engine';
import type { LoadedDraftModel } from './draftModel';
import type { LoadOptions } from './loadTarget';
import { openDraftModel, type DraftTarget } from './openDraftModel';

/** The draft model that was last asked for; its keys and values are kept for the next generation too. */
export class KeptDraftModel {
  /** With the name and the place that it was asked for with. */
  private kept: {
    readonly id: string | undefined;
    readonly provider: Provider;
    readonly loaded: LoadedDraftModel;
  } | null = null;

  /** The one that is loaded, if one is. */
  get loaded(): LoadedDraftModel | null {
    return this.kept?.loaded ?? null;
  }

  /**
   * The loaded draft model of that name where the target runs now, or it in place of the one that is loaded.
   *
   * @throws UserError as `openDraftModel`
   */
  async open(id: string | undefined, target: DraftTarget, options: LoadOptions): Promise<LoadedDraftModel> {
    const { provider } = target;
    // One on a provider that failed the target since is not handed out again.
    if (this.kept !== null && this.kept.id === id && this.kept.provider === provider) return this.kept.loaded;
    // Three models at once may not fit into memory.
    await this.dispose();
    const loaded = await openDraftModel(id, target, options);
    this.kept = { id, provider, loaded };
    return loaded;
  }

  async dispose(): Promise<void> {
    const old = this.kept;
    this.kept = null;
    // What is broken may not even let go; it is not needed for going on.
    await old?.loaded.dispose().catch(() => undefined);
  }
}
