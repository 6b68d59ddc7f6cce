/** Instances of Frond on servers of their own, watched by a Prometheus in a hurry. */
import { runCli } from './cli.ts';
import { createMysqlDatabase, startOwnMysql } from './mysql.ts';
import { type AlertSeen, PrometheusView, startPrometheus } from './prometheus.ts';
import { alertsOf, hastened, readRules } from './rule-files.ts';
import { freePort } from './servers/free-port.ts';
import type { MysqlServer, ZookeeperServer } from './servers/local-server.ts';
import type { NativePrometheus } from './servers/prometheus-native.ts';
import { Service } from './service.ts';
import { waitUntil } from './wait-until.ts';
import { newTreeName, startOwnZookeeper } from './zookeeper.ts';

/** What the rules wait for is so many times as short as in production: five minutes are two seconds. */
const HASTE = 150;
const SCRAPE_MS = 500;
/** Eight scrapes: a rate needs two, on a machine with too much to do, too. */
const MIN_WINDOW_MS = 8 * SCRAPE_MS;
const PATIENCE_MS = 90_000;

export interface Member {
  readonly service: Service;
  /** What Prometheus calls it. */
  readonly instance: string;
}

export class AlertRig {
  readonly database: MysqlServer;
  readonly zookeeper: ZookeeperServer;
  readonly view: PrometheusView;
  /** As FROND_WORKER_SLOTS. */
  readonly workerSlots: string;
  /** Which alert fired how long after it was first waited for. */
  readonly story: string[] = [];
  readonly #prometheus: NativePrometheus;
  readonly #env: Record<string, string>;
  readonly #members: Member[] = [];
  readonly #watched: Service[] = [];
  readonly #fired = new Set<string>();

  private constructor(
    parts: Pick<AlertRig, 'database' | 'zookeeper'>,
    prometheus: NativePrometheus,
    env: Record<string, string>,
  ) {
    this.database = parts.database;
    this.zookeeper = parts.zookeeper;
    this.view = new PrometheusView(prometheus.url);
    this.#prometheus = prometheus;
    this.#env = env;
    this.workerSlots = env['FROND_WORKER_SLOTS']!;
  }

  /**
   * @param env of every instance that joins
   * @param rules beside Frond's own, text by file name
   * @param caFile the authority of instances behind TLS
   */
  static async start(env: Record<string, string>, rules: Record<string, string>, caFile: string): Promise<AlertRig> {
    const [database, zookeeper] = await Promise.all([startOwnMysql(), startOwnZookeeper({ maxSessionMs: 2000 })]);
    const { url } = await createMysqlDatabase(database.url, false);
    const tree = `${zookeeper.url}/${newTreeName()}`;
    const stores = { FROND_SEGMENT_STORE: url, FROND_WORKER_SLOTS: tree, FROND_SEGMENT_CEILING: tree };
    const all = { ...env, ...stores };
    const { code, err } = await runCli(['init'], all);
    if (code !== 0) throw new Error(`frond init ended with ${code}: ${err}`);
    const own = { 'frond.rules.yml': hastened(readRules(), HASTE, MIN_WINDOW_MS), 'probes.yml': probes(readRules()) };
    const prometheus = await startPrometheus({ rules: { ...own, ...rules }, intervalMs: SCRAPE_MS, caFile });
    return new AlertRig({ database, zookeeper }, prometheus, all);
  }

  /** A new instance with a wall clock that can be set; it listens, and may not be ready yet. */
  async join(clockOffsetMs = 0): Promise<Member> {
    const port = await freePort();
    const service = new Service({ env: { ...this.#env, FROND_PORT: String(port) }, clock: true });
    const member = { service, instance: `127.0.0.1:${port}` };
    this.#members.push(member);
    service.setClock(clockOffsetMs);
    await service.start();
    this.#setTargets();
    return member;
  }

  /** Watches an instance that somebody else has started and will end. */
  watch(service: Service): Member {
    this.#watched.push(service);
    this.#setTargets();
    return { service, instance: new URL(service.url).host };
  }

  /** Ends an instance for good, and has Prometheus forget it. */
  async dismiss(member: Member, signal: NodeJS.Signals): Promise<void> {
    this.#members.splice(this.#members.indexOf(member), 1);
    this.#setTargets();
    await member.service.end(signal);
    await member.service.remove();
  }

  /** Resolves when the alert fires. @param labels that it must have */
  async fires(alert: string, labels: Readonly<Record<string, string>> = {}): Promise<AlertSeen> {
    const startedMs = performance.now();
    const seen = await waitUntil(`${alert} to fire`, () => this.#firing(alert, labels), PATIENCE_MS);
    this.#fired.add(alert);
    this.story.push(`${alert} ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
    return seen;
  }

  /** Resolves when no such alert fires any more. */
  async ends(alert: string, labels: Readonly<Record<string, string>> = {}): Promise<void> {
    const isOver = async () => (await this.#firing(alert, labels)) === undefined;
    await waitUntil(`${alert} to end`, isOver, PATIENCE_MS);
  }

  /** Resolves when none of the alerts fires any more that ever did. */
  async allEnd(): Promise<void> {
    for (const alert of this.#fired) await this.ends(alert);
  }

  async close(): Promise<void> {
    await Promise.all(this.#members.map(each => each.service.remove()));
    await Promise.all([this.#prometheus.stop(), this.database.stop(), this.zookeeper.stop()]);
  }

  #setTargets(): void {
    const urls = this.#members.map(each => `http://${each.instance}`);
    this.#prometheus.setTargets([...urls, ...this.#watched.map(each => each.url)]);
  }

  async #firing(alert: string, labels: Readonly<Record<string, string>>): Promise<AlertSeen | undefined> {
    const wanted = Object.entries({ ...labels, alertname: alert });
    const alerts = await this.view.alerts();
    return alerts.find(each => each.state === 'firing' && wanted.every(([key, value]) => each.labels[key] === value));
  }
}

/** Fires every alert at once under another name, to see whether its texts can be rendered. */
function probes(rules: string): string {
  const copies = alertsOf(rules).map(({ alert, labels, annotations }) => ({
    ...{ alert: `Probe${alert}`, expr: '0.5 * up{job="frond"}' },
    ...{ labels, annotations },
  }));
  return JSON.stringify({ groups: [{ name: 'probes', rules: copies }] });
}
