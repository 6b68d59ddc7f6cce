import type { Config } from '../../config.ts';
import type { System } from '../../system/system.ts';
import type { RangeStore } from '../range-store.ts';

/**
 * `store` under the ceiling that `config.segmentCeiling` names, or as it is where there is none.
 * @throws FrondError INVALID_CONFIG for an address that cannot be read
 */
export async function underCeiling(store: RangeStore, config: Config, system: System): Promise<RangeStore> {
  const { segmentCeiling, segmentCeilingPolicy: policy, storeTimeoutMs: timeoutMs } = config;
  if (segmentCeiling === 'off') return store;
  const [{ CeilingRangeStore }, { ZookeeperCeilings }, { ZookeeperSession }, { parseZookeeperUrl }] = await Promise.all(
    [
      import('./ceiling.ts'),
      import('./zookeeper-ceilings.ts'),
      import('../zookeeper/zookeeper-session.ts'),
      import('../zookeeper/zookeeper-url.ts'),
    ],
  );
  const address = parseZookeeperUrl(segmentCeiling, 'FROND_SEGMENT_CEILING');
  const register = new ZookeeperCeilings(new ZookeeperSession({ address, system, timeoutMs }), address.tree);
  return new CeilingRangeStore({ store, register, policy, system });
}
