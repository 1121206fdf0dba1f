import { sentenceOf } from '../../src/errors';
import { loadLlamaCpp } from './llamaCpp';
import type { LoadedPeer, PeerAnswer, PeerSetup, PeerTask } from './protocol';
import { loadTransformersJs } from './transformersJs';

/** A peer's own process, so that its threads and memory are nobody else's. It ends when its parent goes away. */

let loaded: LoadedPeer | null = null;
/** Tasks run one after another, however they arrive. */
let tail: Promise<void> = Promise.resolve();

function load(setup: PeerSetup): Promise<LoadedPeer> {
  switch (setup.peer) {
    case 'llama.cpp':
      return loadLlamaCpp(setup);
    case 'transformers.js':
      return loadTransformersJs(setup);
  }
}

async function answer(message: PeerSetup | PeerTask): Promise<PeerAnswer> {
  if (loaded === null) {
    loaded = await load(message as PeerSetup);
    return { kind: 'ready' };
  }
  const task = message as PeerTask;
  switch (task.kind) {
    case 'decode':
      return { kind: 'decoded', decoded: await loaded.decode(task.prompt, task.count) };
    case 'forward':
      if (loaded.forward === undefined) throw new Error('this peer gives no way to a forward of its own');
      return { kind: 'timed', us: await loaded.forward(task.past, task.rows) };
  }
}

process.on('message', (message: PeerSetup | PeerTask) => {
  tail = tail
    .then(() => answer(message))
    .catch((error: unknown): PeerAnswer => ({ kind: 'failed', reason: sentenceOf(error) }))
    .then((said) => void process.send?.(said));
});
process.once('disconnect', () => process.exit());
