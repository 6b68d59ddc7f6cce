import { FrondError } from '../../errors.ts';
import type { ZookeeperClient } from '../zookeeper/zookeeper-port.ts';

/** Leaf reports its time every 3 s; a report younger than this many of them says that it runs. */
const REPORT_INTERVAL_MS = 3000;
const SILENCE_REPORTS = 5;

/**
 * A time above all that a stopped Leaf can have used: its instances use time up to one report beyond the last one that
 * they wrote, and no clock of theirs is taken to be further ahead than that.
 * @param name Leaf's `leaf.name`; its tree is /snowflake/{name}/forever
 * @param nowMs the ensemble's time
 * @returns Unix ms
 * @throws FrondError STORE_NOT_INITIALISED (no such tree), STORE_DAMAGED (a node without a timestamp, or Leaf still runs);
 *   ZookeeperError
 */
export async function leafFloorMs(client: ZookeeperClient, name: string, nowMs: number): Promise<number> {
  const forever = `/snowflake/${name}/forever`;
  if ((await client.exists(forever)) === undefined) {
    throw new FrondError('STORE_NOT_INITIALISED', { store: client.name, reason: `there is no ${forever} to import` });
  }
  const { names } = await client.getChildren(forever);
  let floorMs = nowMs;
  for (const child of names) {
    const path = `${forever}/${child}`;
    const { data, stat } = await client.getData(path);
    const silentMs = nowMs - stat.mtimeMs;
    if (silentMs < SILENCE_REPORTS * REPORT_INTERVAL_MS) {
      throw damaged(client, `${path} was written ${silentMs} ms ago: stop every Leaf, wait 15 s, and import again`);
    }
    floorMs = Math.max(
      floorMs,
      timestampOf(data, () => damaged(client, `${path} holds no timestamp`)),
    );
  }
  return floorMs + REPORT_INTERVAL_MS;
}

function timestampOf(bytes: Buffer, failure: () => FrondError): number {
  try {
    const { timestamp } = JSON.parse(bytes.toString('utf8')) as { timestamp?: unknown };
    if (typeof timestamp === 'number' && Number.isSafeInteger(timestamp) && timestamp >= 0) return timestamp;
  } catch {}
  throw failure();
}

function damaged(client: ZookeeperClient, reason: string): FrondError {
  return new FrondError('STORE_DAMAGED', { store: client.name, reason });
}
