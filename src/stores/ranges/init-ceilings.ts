import { FrondError, reasonOf } from '../../errors.ts';
import type { System } from '../../system/system.ts';
import { hasCode } from '../zookeeper/zookeeper-error.ts';
import { ZookeeperSession } from '../zookeeper/zookeeper-session.ts';
import { parseZookeeperUrl } from '../zookeeper/zookeeper-url.ts';
import { ceilingsRoot } from './zookeeper-ceilings.ts';

const INIT_TIMEOUT_MS = 10_000;

/**
 * Makes the place for the ceilings of segment ranges in the tree at `url`, which may have worker slots or get them later.
 * Ceilings that are there are never changed.
 * @returns false when it was there
 * @throws FrondError INVALID_CONFIG, CEILING_UNAVAILABLE
 */
export async function initCeilings(url: string, system: System): Promise<boolean> {
  const address = parseZookeeperUrl(url, 'FROND_SEGMENT_CEILING');
  const client = new ZookeeperSession({ address, system, timeoutMs: INIT_TIMEOUT_MS });
  let made = false;
  try {
    await client.connect(INIT_TIMEOUT_MS);
    const root = ceilingsRoot(address.tree);
    for (const path of ['/snowflake', root.slice(0, root.lastIndexOf('/')), root]) {
      made = await client.create(path, Buffer.alloc(0), 'persistent').then(
        () => true,
        error => {
          if (hasCode(error, 'NODE_EXISTS')) return false;
          throw error;
        },
      );
    }
    return made;
  } catch (error) {
    throw new FrondError('CEILING_UNAVAILABLE', { store: address.name, reason: reasonOf(error) }, { cause: error });
  } finally {
    await client.close();
  }
}
