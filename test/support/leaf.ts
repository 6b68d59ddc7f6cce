import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Connection } from 'mysql2/promise';
import type { ZookeeperSession } from '../../src/stores/zookeeper/zookeeper-session.ts';
import type { MysqlDatabase } from './mysql.ts';
import { newSession } from './zookeeper.ts';

const EPOCH_MS = 1_288_834_974_657;
const REPORT_MS = 3000;

export interface LeafOptions {
  readonly database: MysqlDatabase;
  /** `zookeeper://host:port` */
  readonly zookeeperUrl: string;
  readonly leafName: string;
}

/**
 * An instance of Leaf as its documentation and articles describe it: its routes, its table, its tree. Ranges by update
 * and select in one transaction; a worker ID by a sequential node that is named by address; time reported each 3 s.
 */
export class Leaf {
  readonly #options: LeafOptions;
  readonly #server: Server;
  readonly #session: ZookeeperSession;
  readonly #ranges = new Map<string, { next: bigint; end: bigint }>();
  readonly #fetches = new Map<string, Promise<void>>();
  #connection: Connection | undefined;
  #node = '';
  #reports: NodeJS.Timeout | undefined;
  #lastMs = 0;
  #sequence = 0;
  url = '';

  constructor(options: LeafOptions) {
    this.#options = options;
    this.#session = newSession(options.zookeeperUrl);
    this.#server = createServer(async (req, res) => {
      try {
        res.end(String(await this.#answer(req.url!)));
      } catch (error) {
        res.writeHead(500).end(String(error));
      }
    });
  }

  get workerId(): number {
    return Number(this.#node.slice(-10));
  }

  async start(): Promise<this> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    const { port } = this.#server.address() as AddressInfo;
    this.url = `http://127.0.0.1:${port}`;
    this.#connection = await this.#options.database.connect();
    await this.#session.connect(10_000);
    const forever = `/snowflake/${this.#options.leafName}/forever`;
    for (const path of ['/snowflake', `/snowflake/${this.#options.leafName}`, forever])
      await this.#session.create(path, Buffer.alloc(0), 'persistent').catch(() => {});
    this.#node = await this.#session.create(`${forever}/127.0.0.1:${port}-`, this.#report(port), 'sequential');
    this.#reports = setInterval(() => void this.#session.setData(this.#node, this.#report(port), -1), REPORT_MS);
    return this;
  }

  /** As a killed process: connections are cut. */
  async stop(): Promise<void> {
    clearInterval(this.#reports);
    this.#server.close();
    this.#server.closeAllConnections();
    await this.#connection?.end();
    await this.#session.close();
  }

  #report(port: number): Buffer {
    return Buffer.from(JSON.stringify({ ip: '127.0.0.1', port: String(port), timestamp: Date.now() }));
  }

  async #answer(path: string): Promise<bigint> {
    if (path.startsWith('/api/snowflake/get/')) return this.#snowflake();
    const tag = path.slice('/api/segment/get/'.length);
    for (;;) {
      const range = this.#ranges.get(tag);
      if (range !== undefined && range.next < range.end) return range.next++;
      let fetch = this.#fetches.get(tag);
      if (fetch === undefined) {
        fetch = this.#fetch(tag).finally(() => this.#fetches.delete(tag));
        this.#fetches.set(tag, fetch);
      }
      await fetch;
    }
  }

  async #fetch(tag: string): Promise<void> {
    const connection = this.#connection!;
    await connection.beginTransaction();
    await connection.query('UPDATE leaf_alloc SET max_id = max_id + step WHERE biz_tag = ?', [tag]);
    const [rows] = await connection.query('SELECT max_id, step FROM leaf_alloc WHERE biz_tag = ?', [tag]);
    await connection.commit();
    const [{ max_id: end, step }] = rows as [{ max_id: string; step: number }];
    this.#ranges.set(tag, { next: BigInt(end) - BigInt(step), end: BigInt(end) });
  }

  #snowflake(): bigint {
    let nowMs = Date.now();
    if (nowMs === this.#lastMs) {
      this.#sequence = (this.#sequence + 1) & 4095;
      while (this.#sequence === 0 && nowMs <= this.#lastMs) nowMs = Date.now();
    } else this.#sequence = Math.floor(Math.random() * 100);
    this.#lastMs = nowMs;
    return (BigInt(nowMs - EPOCH_MS) << 22n) | (BigInt(this.workerId) << 12n) | BigInt(this.#sequence);
  }
}
