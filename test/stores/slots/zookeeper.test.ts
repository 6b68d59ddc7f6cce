import { beforeAll } from 'vitest';
import { slotStoreContract } from '../../contract/slot-store.ts';
import { SERVER_SETUP_MS } from '../../support/mysql.ts';
import { createTree, newSlotStore, sharedZookeeperUrl } from '../../support/zookeeper.ts';

let serverUrl: string;

beforeAll(async () => {
  serverUrl = await sharedZookeeperUrl();
}, SERVER_SETUP_MS);

slotStoreContract({
  name: 'ZooKeeper',
  seesLiveHolders: true,
  open: async layout => {
    const url = await createTree(serverUrl, layout);
    return { handle: () => newSlotStore(url), end: async () => {} };
  },
});
