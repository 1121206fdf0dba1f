import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How the fake hub treats a file's download. */
export interface Trouble {
  /** Breaks the connection after so many bytes of a response, so many times. */
  breakAfter?: number;
  breaks?: number;
  /** Changes the content on the way. */
  corrupt?: boolean;
  /** Sends everything, whatever range was asked for. */
  noRanges?: boolean;
  /** Answers with this status. */
  status?: number;
}

/** A Hugging Face hub on this machine, with one model. */
export class FakeHub {
  readonly commit = 'c0ffee'.padEnd(40, '0');
  /** Each request as `METHOD path [range]`, in order. */
  readonly requests: string[] = [];
  /** The Authorization header of each request, in the same order. */
  readonly authorizations: (string | undefined)[] = [];
  readonly trouble = new Map<string, Trouble>();
  /** Answers nothing at all. */
  silent = false;
  /** Answers what no hub would. */
  nonsense = false;
  private readonly server: Server;

  private constructor(
    readonly files: Readonly<Record<string, Buffer>>,
    /** Files the hub keeps by SHA-256 instead of in git. */
    private readonly large: ReadonlySet<string>,
    readonly repo: string,
  ) {
    this.server = createServer((request, response) => this.answer(request, response));
  }

  static async start(
    files: Readonly<Record<string, Buffer>>,
    large: readonly string[],
    repo = 'tester/tiny',
  ): Promise<FakeHub> {
    const hub = new FakeHub(files, new Set(large), repo);
    await new Promise<void>((resolve) => hub.server.listen(0, '127.0.0.1', resolve));
    return hub;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** The paths of the files that were downloaded, each as often as it was asked for. */
  downloads(): string[] {
    const prefix = `GET /${this.repo}/resolve/${this.commit}/`;
    return this.requests.filter((line) => line.startsWith(prefix)).map((line) => line.slice(prefix.length));
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', this.endpoint);
    const range = request.headers.range ? ` ${request.headers.range}` : '';
    this.requests.push(`${request.method} ${url.pathname}${range}`);
    this.authorizations.push(request.headers.authorization);
    if (this.silent) return;
    if (this.nonsense) return void response.end('<h1>It works!</h1>');
    const api = `/api/models/${this.repo}`;
    const resolve = `/${this.repo}/resolve/${this.commit}/`;
    if (url.pathname === `${api}/revision/main`) json(response, this.information());
    else if (url.pathname === `${api}/tree/${this.commit}`) json(response, this.listing());
    else if (url.pathname.startsWith(resolve))
      this.sendFile(url.pathname.slice(resolve.length), request, response);
    else json(response, { error: 'Repository not found' }, 404);
  }

  private information() {
    return {
      _id: '1',
      id: this.repo,
      sha: this.commit,
      private: false,
      gated: false,
      downloads: 0,
      likes: 0,
      lastModified: '2026-01-01T00:00:00.000Z',
    };
  }

  private listing() {
    return Object.entries(this.files).map(([path, content]) => {
      const size = content.length;
      const git = createHash('sha1').update(`blob ${size}\0`).update(content).digest('hex');
      if (!this.large.has(path)) return { type: 'file', path, size, oid: git };
      const oid = createHash('sha256').update(content).digest('hex');
      return { type: 'file', path, size, oid: git, lfs: { oid, size, pointerSize: 134 } };
    });
  }

  private sendFile(path: string, request: IncomingMessage, response: ServerResponse): void {
    const trouble = this.trouble.get(path) ?? {};
    if (trouble.status !== undefined) return json(response, { error: 'no' }, trouble.status);
    let content = this.files[path];
    if (trouble.corrupt) content = Buffer.from(content.map((byte) => byte ^ 1));
    const asked = /^bytes=(\d+)-$/.exec(request.headers.range ?? '');
    const start = asked && !trouble.noRanges ? Number(asked[1]) : 0;
    const body = content.subarray(start);
    response.writeHead(start > 0 ? 206 : 200, {
      'Content-Length': body.length,
      ...(start > 0 && { 'Content-Range': `bytes ${start}-${content.length - 1}/${content.length}` }),
    });
    if (trouble.breakAfter !== undefined && (trouble.breaks ?? Infinity) > 0) {
      if (trouble.breaks !== undefined) trouble.breaks--;
      // The bytes leave before the connection does.
      response.write(body.subarray(0, trouble.breakAfter), () => response.destroy());
    } else response.end(body);
  }
}

function json(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(value));
}

/** An address at which nobody listens. */
export async function unreachableEndpoint(): Promise<string> {
  const hub = await FakeHub.start({}, []);
  const { endpoint } = hub;
  await hub.stop();
  return endpoint;
}
