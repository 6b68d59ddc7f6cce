/** MySQL for tests: databases in the shared server, and servers of one's own. */
import { type Connection, createConnection } from 'mysql2/promise';
import { inject } from 'vitest';
import { initMysql } from '../../src/stores/ranges/init-mysql.ts';
import type { MysqlServer, Runtime } from './servers/local-server.ts';
import { newMysql } from './servers/mysql-services.ts';
import { askDesk } from './servers/server-desk.ts';
import { waitUntil } from './wait-until.ts';

/** Time for a `beforeAll` that asks for a server: the first one may have to be downloaded. */
export const SERVER_SETUP_MS = 300_000;

/** `mysql://user[:password]@host:port` of the server that all test files share; started at the first call. */
export function sharedMysqlUrl(): Promise<string> {
  return askDesk(inject('serverDesk'), 'mysql');
}

/**
 * A running server that only the caller uses, to be paused and killed; `stop()` it.
 * @throws Error that says the choices when this machine cannot run one
 */
export async function startOwnMysql(): Promise<MysqlServer> {
  const server = newMysql(await askDesk<Runtime>(inject('serverDesk'), 'mysql-runtime'));
  await server.start();
  return server;
}

export interface MysqlDatabase {
  readonly name: string;
  /** For `new MysqlRangeStore({url})`. */
  readonly url: string;
  /** Runs one statement on a new connection. BIGINTs come as strings. */
  query<Row = Record<string, unknown>>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  /** A connection to it; `end()` it. */
  connect(): Promise<Connection>;
  drop(): Promise<void>;
}

/** Resolves when the server has run long enough that ranges can be left there. */
export async function untilSettled(database: MysqlDatabase): Promise<void> {
  await waitUntil('a server that has run for two seconds', async () => {
    const [row] = await database.query<{ Value: string }>("SHOW GLOBAL STATUS LIKE 'Uptime'").catch(() => []);
    return Number(row?.Value ?? 0) >= 2;
  });
}

let databases = 0;

/**
 * Creates an empty database (utf8mb4) in the server at `serverUrl`.
 * @param init also creates Frond's tables; default true
 */
export async function createMysqlDatabase(serverUrl: string, init = true): Promise<MysqlDatabase> {
  const name = `frond_${process.pid}_${++databases}_${Math.random().toString(36).slice(2, 8)}`;
  const url = Object.assign(new URL(serverUrl), { pathname: '' }).href;
  const open = async (uri: string) => {
    const connection = await createConnection({ uri, supportBigNumbers: true, bigNumberStrings: true });
    connection.on('error', () => {});
    return connection;
  };
  const run = async <Row>(uri: string, sql: string, values: readonly unknown[] = []) => {
    const connection = await open(uri);
    const [rows] = await connection.query(sql, [...values]).finally(() => connection.end());
    return rows as Row[];
  };
  await run(url, `CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
  const database: MysqlDatabase = {
    name,
    url: `${url}/${name}`,
    query: (sql, values) => run(database.url, sql, values),
    connect: () => open(database.url),
    async drop() {
      await run(url, `DROP DATABASE ${name}`);
    },
  };
  if (init) await initMysql(database.url);
  return database;
}
