import { fork, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { UserError } from '../errors';
import { t } from '../l10n';
import { engineEventSchema, type EngineEvent, type EngineRequest } from '../protocol/engine';
import { Emitter } from './emitter';
import { exitReason } from './exitReason';

/** How many of the engine's last stderr lines are kept to explain its death. */
const LAST_WORDS = 20;

/**
 * After the exit, messages and output that were under way still arrive. Another process that the engine
 * started may hold its output open for ever, so the wait for them ends here.
 */
const DRAIN_MS = 1000;

export interface EngineProcessOptions {
  /** The engine's bundle. */
  readonly script: string;
  readonly startTimeoutMs: number;
  /** What the engine writes to stdout and stderr, line by line, and what it says that is not understood. */
  readonly log: (line: string) => void;
  /** What its environment has besides this process's own. */
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * One life of the engine: from `fork` to the end of its process. `ended` resolves exactly once, with the
 * reason in the user's terms, and no event is emitted after it.
 */
export class EngineProcess {
  readonly events = new Emitter<EngineEvent>();
  /** Resolves when the engine has said `hello`, rejects with the reason when it never does. */
  readonly ready: Promise<void>;
  readonly ended: Promise<UserError>;

  private readonly child: ChildProcess;
  private readonly lastWords: string[] = [];
  /** Why we killed it: said instead of the bare signal. */
  private verdict: UserError | null = null;
  private over = false;

  constructor(private readonly options: EngineProcessOptions) {
    this.child = fork(options.script, [], {
      // In a desktop VS Code, process.execPath is Electron: this makes it the plain Node it contains.
      env: { ...process.env, ...options.environment, ELECTRON_RUN_AS_NODE: '1' },
      // The extension host's own flags, such as its debug port, are not the engine's.
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      serialization: 'json',
    });
    this.readLines(this.child.stdout, options.log);
    this.readLines(this.child.stderr, (line) => {
      this.lastWords.push(line);
      if (this.lastWords.length > LAST_WORDS) this.lastWords.shift();
      options.log(line);
    });
    this.ended = this.watchEnd();
    this.ready = this.watchStart();
    this.child.on('message', (message) => this.receive(message));
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** A request that can no longer be delivered is answered by `ended`. */
  send(request: EngineRequest): void {
    this.child.send(request, (error) => {
      if (error !== null) this.options.log(`A ${request.type} request was not delivered: ${error.message}`);
    });
  }

  /** Ends the process at once; `reason` is what `ended` gives. */
  kill(reason: UserError): void {
    this.verdict ??= reason;
    this.child.kill('SIGKILL');
  }

  /** Asks it to end, then insists: a shutdown message, SIGTERM after `graceMs`, SIGKILL after as long again. */
  async stop(graceMs: number): Promise<void> {
    if (this.over) return;
    this.verdict ??= new UserError('cancelled', t('The engine was shut down.'));
    this.send({ type: 'shutdown' });
    const terminate = setTimeout(() => this.child.kill('SIGTERM'), graceMs);
    const kill = setTimeout(() => this.child.kill('SIGKILL'), 2 * graceMs);
    await this.ended;
    clearTimeout(terminate);
    clearTimeout(kill);
  }

  private receive(message: unknown): void {
    if (this.over || this.verdict?.code === 'engine') return;
    const parsed = engineEventSchema.safeParse(message);
    if (parsed.success) {
      this.events.emit(parsed.data);
      return;
    }
    this.options.log(`Not a message of the engine's protocol: ${parsed.error.message}`);
    // What it meant is unknown, so what it will do next is too: a new one is the only safe way on.
    this.kill(
      new UserError(
        'engine',
        t('The engine sent a message that this version of the extension does not understand.'),
        t('Reinstall the extension if this happens again.'),
      ),
    );
  }

  private watchStart(): Promise<void> {
    const ready = new Promise<void>((resolve, reject) => {
      const { startTimeoutMs } = this.options;
      const timer = setTimeout(
        () =>
          this.kill(
            new UserError(
              'engine',
              t('The engine did not start within {0} seconds.', startTimeoutMs / 1000),
              t('Look into the log, then try again.'),
            ),
          ),
        startTimeoutMs,
      );
      const stopListening = this.events.subscribe((event) => {
        if (event.type !== 'hello') return;
        clearTimeout(timer);
        stopListening();
        resolve();
      });
      void this.ended.then((reason) => {
        clearTimeout(timer);
        reject(reason);
      });
    });
    // Whoever asked for the start hears of it; nobody else has to.
    ready.catch(() => undefined);
    return ready;
  }

  private watchEnd(): Promise<UserError> {
    return new Promise((resolve) => {
      const end = (reason: UserError) => {
        if (this.over) return;
        this.over = true;
        resolve(this.verdict ?? reason);
      };
      this.child.on('error', (error) => {
        // Also raised when a signal cannot be sent; only a process that never began has no id.
        if (this.child.pid !== undefined) this.options.log(error.message);
        else end(new UserError('engine', `The engine could not be started: ${error.message}.`));
      });
      this.child.on('exit', (code, signal) => {
        const finish = () => end(exitReason({ code, signal }, this.lastWords));
        const drained = setTimeout(finish, DRAIN_MS);
        // `close` follows when the channel and both outputs have been read to their end.
        this.child.once('close', () => {
          clearTimeout(drained);
          finish();
        });
      });
    });
  }

  private readLines(stream: Readable | null, onLine: (line: string) => void): void {
    if (stream !== null) createInterface({ input: stream }).on('line', onLine);
  }
}
