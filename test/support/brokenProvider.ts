import fs from 'node:fs';
import path from 'node:path';
import { HostDecoder } from '../../src/engine/hostDecoder';
import type { KvDecoder } from '../../src/engine/kvDecoder';
import type { openDecoder } from '../../src/engine/providers';
import type { Provider } from '../../src/protocol/engine';

/** What fails: opening, making another sequence, forwards of at least so many rows, or all after so many. */
export type Breakage = 'open' | 'blank' | { readonly rows: number } | { readonly after: number };

/** The CPU under every provider's name, broken under all but its own. */
export class BrokenProvider {
  /** Where decoders were opened, in order. */
  readonly opened: Provider[] = [];
  /** Whether each failure came under the provider's note in the cache folder. */
  readonly noted: boolean[] = [];

  constructor(private readonly breakage: Breakage) {}

  readonly open: typeof openDecoder = async (weights, provider, threads) => {
    this.opened.push(provider);
    if (provider !== 'cpu' && this.breakage === 'open') return this.fail(provider);
    const decoder = await HostDecoder.open(weights, 'cpu', threads);
    return provider === 'cpu' ? decoder : this.broken(decoder, provider);
  };

  private broken(decoder: KvDecoder, provider: Provider): KvDecoder {
    const { breakage } = this;
    let forwards = 0;
    const fails = (rows: number): boolean => {
      if (typeof breakage === 'string') return false;
      return 'rows' in breakage ? rows >= breakage.rows : forwards++ >= breakage.after;
    };
    const forward = decoder.forward.bind(decoder);
    const blank = decoder.blank.bind(decoder);
    return Object.assign(decoder, {
      forward: (...[input, wanted]: Parameters<typeof forward>) =>
        fails(input.tokens.length) ? this.fail(provider) : forward(input, wanted),
      blank: async (rows: number) =>
        breakage === 'blank' ? this.fail(provider) : this.broken(await blank(rows), provider),
    });
  }

  private fail(provider: Provider): Promise<never> {
    const folder = path.join(process.env.DRAFTSCOPE_CACHE!, 'providers');
    const notes = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
    this.noted.push(notes.some((note) => note.startsWith(`running-${provider}-`)));
    return Promise.reject(new Error('Device lost.'));
  }
}
