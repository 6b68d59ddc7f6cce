import { DEFAULT_LAYOUT } from '../../src/allocators/snowflake/id-layout.ts';
import type { SnowflakeOptions } from '../../src/allocators/snowflake/snowflake-allocator.ts';
import type { SlotLayout } from '../../src/stores/slot-store.ts';
import { initMysqlSlots } from '../../src/stores/slots/init-mysql.ts';
import { MysqlSlotStore } from '../../src/stores/slots/mysql.ts';
import { parseZookeeperUrl } from '../../src/stores/zookeeper/zookeeper-url.ts';
import { realSystem } from '../../src/system/system.ts';
import { createMysqlDatabase } from '../support/mysql.ts';
import type { Pool } from '../support/short-life.ts';
import { createTree, newSlotStore } from '../support/zookeeper.ts';

/** A crashed instance's worker ID is free again after three seconds, and a busy test machine does not lose one. */
const PATIENT: SnowflakeOptions = {
  renewIntervalMs: 900,
  lookaheadMs: 3000,
  startWaitMaxMs: 4000,
  opTimeoutMs: 1500,
  allowanceMs: 0,
};
const TIMEOUT_MS = 1500;
const SESSION_MS = 1500;

/** A pool of 2^workerBits worker IDs that can be dropped. */
export interface OwnPool extends Pool {
  readonly drop: () => Promise<void>;
}

function layoutOf(workerBits: number): SlotLayout {
  return { ...DEFAULT_LAYOUT, workerBits };
}

export async function newZookeeperPool(serverUrl: string, workerBits: number): Promise<OwnPool> {
  const { tree } = parseZookeeperUrl(await createTree(serverUrl, layoutOf(workerBits)));
  return {
    server: addressOf(serverUrl),
    connect: ({ host, port }) =>
      newSlotStore(`zookeeper://${host}:${port}/${tree}`, { sessionTimeoutMs: SESSION_MS, timeoutMs: TIMEOUT_MS }),
    options: { ...PATIENT, workerBits },
    drop: async () => {},
  };
}

export async function newMysqlPool(serverUrl: string, workerBits: number): Promise<OwnPool> {
  const { url, drop } = await createMysqlDatabase(serverUrl, false);
  await initMysqlSlots(url, layoutOf(workerBits));
  return {
    server: addressOf(serverUrl),
    connect: ({ host, port }) => {
      const { href } = Object.assign(new URL(url), { hostname: host, port: String(port) });
      return new MysqlSlotStore({ url: href, system: realSystem, timeoutMs: TIMEOUT_MS });
    },
    options: { ...PATIENT, workerBits },
    drop,
  };
}

function addressOf(url: string): { host: string; port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}
