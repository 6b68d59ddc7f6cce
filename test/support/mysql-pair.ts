import { createConnection } from 'mysql2/promise';
import { inject } from 'vitest';
import { startOwnMysql } from './mysql.ts';
import type { MysqlServer, Runtime } from './servers/local-server.ts';
import { NativeMysql } from './servers/mysql-native.ts';
import { askDesk } from './servers/server-desk.ts';
import { waitUntil } from './wait-until.ts';

/** Two servers of a test file's own, of which the second can follow the first, where they are native ones. */
export class MysqlPair {
  primary!: MysqlServer;
  replica!: MysqlServer;
  /** Containers do not see each other. */
  canReplicate = false;

  async start(): Promise<void> {
    const runtime = await askDesk<Runtime>(inject('serverDesk'), 'mysql-runtime');
    this.canReplicate = runtime.kind === 'native';
    const server = (id: number) =>
      runtime.kind === 'native'
        ? started(new NativeMysql(runtime.binary, ['--log-bin=binlog', '--sync-binlog=1', `--server-id=${id}`]))
        : startOwnMysql();
    [this.primary, this.replica] = await Promise.all([server(1), server(2)]);
  }

  async stop(): Promise<void> {
    await Promise.all([this.primary?.stop(), this.replica?.stop()]);
  }

  /** The replica follows the primary from now on. */
  async follow(): Promise<void> {
    const [position] = await ask<{ File: string; Position: string }>(this.primary, 'SHOW MASTER STATUS');
    const { host, port } = this.primary;
    await ask(
      this.replica,
      `CHANGE MASTER TO MASTER_HOST='${host}', MASTER_PORT=${port}, MASTER_USER='root', MASTER_CONNECT_RETRY=1,
       MASTER_SSL=0, MASTER_LOG_FILE='${position!.File}', MASTER_LOG_POS=${position!.Position}`,
    );
    await ask(this.replica, 'START SLAVE');
  }

  /** Resolves when the replica gives the primary's answer. */
  async untilSame(sql: string): Promise<void> {
    await waitUntil('the replica to catch up', async () => {
      const [wanted, found] = await Promise.all([ask(this.primary, sql), ask(this.replica, sql)]);
      if (JSON.stringify(found) === JSON.stringify(wanted)) return true;
      const [state] = await ask<Record<string, string>>(this.replica, 'SHOW SLAVE STATUS');
      throw new Error(`${state?.['Slave_IO_State']} ${state?.['Last_IO_Error']} ${state?.['Last_SQL_Error']}`);
    });
  }

  /** The replica follows nobody any more. */
  async separate(): Promise<void> {
    await ask(this.replica, 'STOP SLAVE');
    await ask(this.replica, 'RESET SLAVE ALL');
  }
}

async function started(server: MysqlServer): Promise<MysqlServer> {
  await server.start();
  return server;
}

/** Runs one statement on a new connection to a server. BIGINTs come as strings. */
export async function ask<Row = Record<string, unknown>>(server: MysqlServer, sql: string): Promise<Row[]> {
  const connection = await createConnection({ uri: server.url, supportBigNumbers: true, bigNumberStrings: true });
  connection.on('error', () => {});
  const [rows] = await connection.query(sql).finally(() => connection.end());
  return rows as Row[];
}
