import type { System } from '../../system/system.ts';
import { ZookeeperSession } from '../zookeeper/zookeeper-session.ts';
import { parseZookeeperUrl } from '../zookeeper/zookeeper-url.ts';
import { ZookeeperSlotStore } from './zookeeper.ts';

/**
 * Worker slots in the ensemble at `url`, not yet connected.
 * @param timeoutMs deadline of each request
 * @throws FrondError INVALID_CONFIG for an address that cannot be read
 */
export function openZookeeperSlots(url: string, timeoutMs: number, system: System): ZookeeperSlotStore {
  const address = parseZookeeperUrl(url);
  const client = new ZookeeperSession({ address, system, timeoutMs });
  return new ZookeeperSlotStore({ client, tree: address.tree, logger: system.logger });
}
