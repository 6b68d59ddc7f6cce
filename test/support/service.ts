import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { assertContract } from './contract/api-contract.ts';
import { waitUntil } from './wait-until.ts';

const ROOT = join(import.meta.dirname, '../..');

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly text: string;
}

export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly url?: string;
}

export interface ServiceOptions {
  readonly env?: Record<string, string>;
  /** Runs under the clock shim. */
  readonly clock?: boolean;
  /** The authority to trust, where it speaks HTTPS; PEM. */
  readonly ca?: string;
}

/** The real service in a process of its own, on a data directory that outlives its incarnations. */
export class Service {
  readonly directory = mkdtempSync(join(tmpdir(), 'frond-service-'));
  readonly log: LogLine[] = [];
  /** Lines of standard error: warnings, unhandled rejections, the clock shim. */
  readonly errors: string[] = [];
  url = '';
  #options: ServiceOptions;
  #child: ChildProcessByStdio<null, Readable, Readable> | undefined;
  readonly #agent: Agent;

  constructor(options: ServiceOptions = {}) {
    this.#options = options;
    const pool = { keepAlive: true, maxSockets: 64 };
    this.#agent = options.ca === undefined ? new Agent(pool) : new TlsAgent({ ...pool, ca: options.ca });
    this.setClock(0);
  }

  get pid(): number {
    return this.#child!.pid!;
  }

  /** The exit code of the last process; null while it runs or when a signal killed it. */
  get exitCode(): number | null {
    return this.#child?.exitCode ?? null;
  }

  get #clockFile(): string {
    return join(this.directory, 'clock-offset-ms');
  }

  /** Starts a process and waits until it listens. */
  async start(): Promise<this> {
    const shim = this.#options.clock ? ['--import', join(import.meta.dirname, 'clock-shim.mjs')] : [];
    const child = spawn(process.execPath, [...shim, join(ROOT, 'src/cli.ts'), 'serve'], {
      env: {
        PATH: process.env['PATH'] ?? '',
        FROND_PORT: '0',
        FROND_DATA_DIR: join(this.directory, 'data'),
        FROND_LOG_FORMAT: 'json',
        FROND_TEST_CLOCK_FILE: this.#clockFile,
        ...this.#options.env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    this.url = '';
    createInterface(child.stderr).on('line', line => this.errors.push(line));
    createInterface(child.stdout).on('line', line => {
      const entry = JSON.parse(line) as LogLine;
      this.log.push(entry);
      if (entry.msg === 'listening') this.url = entry.url!;
    });
    await waitUntil('the service to listen', () => {
      if (child.exitCode !== null) throw new Error(`exited with ${child.exitCode}: ${this.errors.join('\n')}`);
      return this.url !== '';
    });
    return this;
  }

  async ready(): Promise<this> {
    await waitUntil('readiness', async () => (await this.get('/readyz')).status === 200);
    return this;
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send('GET', path, undefined, headers);
  }

  /** As `get`, on a connection of its own. */
  getAnew(path: string): Promise<Answer> {
    return this.send('GET', path, undefined, { connection: 'close' });
  }

  /** One request; its answer is held against the API document. */
  async send(method: string, path: string, body?: string, headers: Record<string, string> = {}): Promise<Answer> {
    const { ca } = this.#options;
    const options = { method, headers, agent: headers['connection'] === 'close' ? false : this.#agent };
    const ask = ca === undefined ? request : tlsRequest;
    const answer = await new Promise<Answer>((resolve, reject) => {
      const sent = ask(`${this.url}${path}`, ca === undefined ? options : { ...options, ca }, response => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', chunk => {
          text += chunk;
        });
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, text }));
      });
      sent.on('error', reject);
      sent.end(body);
    });
    assertContract({ method, target: path, ...answer });
    return answer;
  }

  /** Sets the service's wall clock off by `offsetMs` and waits until it has taken it. */
  async stepClock(offsetMs: number): Promise<void> {
    this.setClock(offsetMs);
    const seen = this.errors.length;
    this.signal('SIGUSR2');
    await waitUntil('the clock to step', () => this.errors.slice(seen).includes(`clock offset is ${offsetMs} ms`));
  }

  /** The offset that the next start begins with. */
  setClock(offsetMs: number): void {
    writeFileSync(this.#clockFile, String(offsetMs));
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Ends the process by `signal` and waits until it is gone; the exit code, null when the signal killed it. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const exit = once(child, 'exit');
    child.kill(signal);
    const [code] = (await exit) as [number | null];
    return code;
  }

  /** Ends the process and removes its directory. */
  async remove(): Promise<void> {
    await this.end('SIGKILL');
    this.#agent.destroy();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
