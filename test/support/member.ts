import type { ZookeeperServer } from './servers/local-server.ts';
import { Service } from './service.ts';
import { TcpProxy } from './tcp-proxy.ts';
import { waitUntil } from './wait-until.ts';

/** Everything soon, so that a short run sees bounds reached and worker IDs taken over. */
const SOON = {
  FROND_SEGMENT_STORE: 'off',
  FROND_LOOKAHEAD_MS: '600',
  FROND_RENEW_INTERVAL_MS: '150',
  FROND_START_WAIT_MAX_MS: '2000',
  FROND_STORE_TIMEOUT_MS: '500',
  FROND_DRAIN_MS: '0',
};
const RECOVERY_LIMIT_MS = 60_000;

/** One service process with a data directory, a clock, and a way to ZooKeeper of its own. */
export class Member {
  readonly name: string;
  readonly proxy: TcpProxy;
  readonly service: Service;
  /** The address of its worker slots. A record in a data directory is of one address. */
  readonly slotsUrl: string;
  incarnation = 0;
  /** Ends that nobody asked for, and orderly stops that failed. */
  readonly complaints: string[] = [];
  #isDown = true;

  private constructor(name: string, proxy: TcpProxy, tree: string, env: Record<string, string>) {
    this.name = name;
    this.proxy = proxy;
    const own = `zookeeper://${proxy.host}:${proxy.port}/${tree}`;
    this.slotsUrl = env['FROND_WORKER_SLOTS'] ?? own;
    this.service = new Service({ env: { ...SOON, ...env, FROND_WORKER_SLOTS: this.slotsUrl }, clock: true });
  }

  /** @param env the settings that are not simply "soon"; with worker slots it goes another way than its own proxy */
  static async create(
    name: string,
    server: ZookeeperServer,
    tree: string,
    env: Record<string, string>,
  ): Promise<Member> {
    const proxy = new TcpProxy(server);
    await proxy.start();
    return new Member(name, proxy, tree, env);
  }

  async start(): Promise<void> {
    this.incarnation++;
    await this.service.start();
    this.#isDown = false;
  }

  /** Ends the process; it must have been running, and an orderly stop must succeed. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    this.#notice();
    this.#isDown = true;
    const code = await this.service.end(signal);
    if (signal === 'SIGTERM' && code !== 0) this.complaints.push(`${this.name} exited with ${code} after SIGTERM`);
  }

  /** Without waiting: the process may be frozen, or be killed meanwhile. */
  stepClock(offsetMs: number): void {
    this.service.setClock(offsetMs);
    // While it starts, the signal would kill it; it reads the file by itself then.
    if (!this.#isDown) this.service.signal('SIGUSR2');
  }

  /** Ends every fault, and resolves when the process gives IDs again. @throws Error when it does not within a minute */
  async recover(): Promise<number> {
    const startedMs = performance.now();
    this.proxy.pass();
    this.service.signal('SIGCONT');
    this.#notice();
    await this.service.stepClock(0);
    const serves = async () =>
      (await this.service.get('/readyz')).status === 200 && (await this.service.get('/id/snowflake')).status === 200;
    await waitUntil(`${this.name} to serve again`, serves, RECOVERY_LIMIT_MS);
    return performance.now() - startedMs;
  }

  /** What the process told last, for a report of a failure. */
  story(lines: number): string[] {
    const log = this.service.log.map(line => JSON.stringify(line));
    return [...log.slice(-lines), ...this.service.errors.slice(-10)].map(line => `${this.name}: ${line}`);
  }

  async remove(): Promise<void> {
    await this.service.remove();
    await this.proxy.stop();
  }

  #notice(): void {
    const code = this.service.exitCode;
    if (!this.#isDown && code !== null) this.complaints.push(`${this.name} ended by itself with ${code}`);
  }
}
