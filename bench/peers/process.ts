import { fork, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { UserError } from '../../src/errors';
import type { Decoded, PeerAnswer, PeerSetup, PeerTask } from './protocol';

/** A peer in a process of its own. One task at a time. */
export class Peer {
  private constructor(
    readonly setup: PeerSetup,
    private readonly child: ChildProcess,
  ) {}

  /** @throws UserError `engine` when it does not come up */
  static async start(setup: PeerSetup): Promise<Peer> {
    const child = fork(path.join(__dirname, 'peer.js'), [], {
      execArgv: [],
      // What it prints is not the report's.
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const peer = new Peer(setup, child);
    await peer.ask(setup);
    return peer;
  }

  async decode(prompt: readonly number[], count: number): Promise<Decoded> {
    const answer = await this.ask({ kind: 'decode', prompt, count });
    if (answer.kind === 'decoded') return answer.decoded;
    throw this.failure(`answered ${answer.kind}`);
  }

  /** @returns microseconds */
  async forward(past: readonly number[], rows: number): Promise<number> {
    const answer = await this.ask({ kind: 'forward', past, rows });
    if (answer.kind === 'timed') return answer.us;
    throw this.failure(`answered ${answer.kind}`);
  }

  stop(): void {
    this.child.kill('SIGKILL');
  }

  private ask(message: PeerSetup | PeerTask): Promise<PeerAnswer> {
    return new Promise((resolve, reject) => {
      const settle = (work: () => void): void => {
        this.child.off('message', onMessage);
        this.child.off('exit', onExit);
        work();
      };
      const onMessage = (answer: PeerAnswer): void =>
        settle(() => {
          if (answer.kind === 'failed') {
            this.stop();
            reject(this.failure(`failed: ${answer.reason}`));
          } else resolve(answer);
        });
      const onExit = (code: number | null, signal: string | null): void =>
        settle(() => reject(this.failure(`ended with ${signal ?? `exit code ${code}`}`)));
      this.child.on('message', onMessage);
      this.child.on('exit', onExit);
      this.child.send(message);
    });
  }

  private failure(what: string): UserError {
    return new UserError('engine', `${this.setup.peer} ${what}.`, 'Leave the peers out with --no-peers.');
  }
}
