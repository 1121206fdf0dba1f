import type { HeadBlock } from './headBlock';
import { HeadText } from './headText';

/** The text as a head knows it that reads the target's states through a layer of its own (Hydra++). */
export class PrefixState {
  /** `[hidden]` what the layer makes of the last state; null before any position of the text was run. */
  state: Float32Array | null = null;
  private readonly text: HeadText;

  /** @param block puts out `state` */
  constructor(private readonly block: HeadBlock) {
    this.text = new HeadText(block.width);
  }

  get root(): number {
    return this.text.root;
  }

  /** Begins a text, of which the layer's earlier rows are kept. */
  begin(tokens: readonly number[]): number {
    const kept = this.text.begin(tokens, this.block.length);
    this.block.truncate(kept);
    this.state = null;
    return kept;
  }

  async append(states: Float32Array, emitted: readonly number[]): Promise<void> {
    this.text.append(states, emitted);
    const { results, rows } = await this.block.catchUp(this.text, ['state']);
    this.state = (results['state'].data as Float32Array).slice((rows - 1) * this.block.width);
  }
}
