import path from 'node:path';
import { EngineHost } from '../src/host/engineHost';
import { threadCount } from '../src/engine/session';
import type { Model } from '../src/models/model';
import type { WeightForm } from '../src/protocol/engine';
import { peersFolder, root } from './options';
import { installPeer, peerVersion } from './peers/install';
import { Peer } from './peers/process';
import type { Decoded } from './peers/protocol';
import { transformersModel } from './peers/transformersModel';
import { request, type Passage } from './questions';
import { note } from './report';

/** Tokens that a peer's context must hold: the longest passage, what is decoded after it, and a margin. */
const PEER_CONTEXT = 2048;

/** Something that decodes the default model greedily, in a process of its own. */
export interface Contestant {
  readonly name: string;
  decode(passage: Passage, count: number): Promise<Decoded>;
  stop(): void | Promise<void>;
}

/** The engine as the extension runs it: its own process, its messages, the record of every round. */
export function draftscope(weights: WeightForm): Contestant {
  const host = new EngineHost({ script: path.join(root, 'dist', 'engine.js'), log: note });
  return {
    name: weights,
    async decode({ text }, count) {
      const tokens: number[] = [];
      let us = 0;
      const settings = {
        drafter: 'none',
        temperature: 0,
        maxTokens: count,
        budget: { policy: 'fixed' as const, nodes: 0, depth: 0 },
      };
      await host.generate(
        {
          model: 'default',
          weights,
          provider: 'cpu',
          threads: 0,
          ...request({ kind: 'raw', text }, 0, settings),
        },
        {
          onEvent: (event) => {
            if (event.type !== 'round') return;
            // A peer's clock runs from its first token: so does this one.
            if (tokens.length > 0) us += event.round.t_us.total;
            tokens.push(...event.round.emitted);
          },
        },
      );
      return { tokens, us };
    },
    stop: () => host.dispose(),
  };
}

/** llama.cpp on the same file, once with each number of threads that may be its best here. */
export async function llamaCpp(model: Model): Promise<(Contestant & Pick<Peer, 'forward'>)[]> {
  const packages = await installPeer('llama.cpp', peersFolder);
  const [file] = model.files;
  return Promise.all(
    [...new Set([1, threadCount(0)])].map(async (threads) => {
      const peer = await Peer.start({
        peer: 'llama.cpp',
        packages,
        model: file.path,
        threads,
        context: PEER_CONTEXT,
      });
      return {
        ...contestant(`${LLAMA_CPP}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`, peer),
        forward: peer.forward.bind(peer),
      };
    }),
  );
}

/** transformers.js on the same weights. */
export async function transformersJs(model: Model): Promise<Contestant> {
  const packages = await installPeer('transformers.js', peersFolder);
  const folder = await transformersModel(model, path.join(peersFolder, 'models'));
  const threads = threadCount(0);
  const setup = { peer: 'transformers.js', packages, model: folder, threads, context: PEER_CONTEXT } as const;
  return contestant(TRANSFORMERS_JS, await Peer.start(setup));
}

export const LLAMA_CPP = 'llama.cpp';
export const TRANSFORMERS_JS = 'transformers.js';

/** The peers' versions, or that there are none. */
export function peersIn(peers: boolean): string {
  return peers ? [peerVersion('llama.cpp'), peerVersion('transformers.js')].join(', ') : 'none';
}

function contestant(name: string, peer: Peer): Contestant {
  return {
    name,
    decode: ({ tokens }, count) => peer.decode(tokens, count),
    stop: () => peer.stop(),
  };
}
