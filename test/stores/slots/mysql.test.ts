import { beforeAll } from 'vitest';
import { initMysqlSlots } from '../../../src/stores/slots/init-mysql.ts';
import { MysqlSlotStore } from '../../../src/stores/slots/mysql.ts';
import { realSystem } from '../../../src/system/system.ts';
import { slotStoreContract } from '../../contract/slot-store.ts';
import { createMysqlDatabase, SERVER_SETUP_MS, sharedMysqlUrl } from '../../support/mysql.ts';

let serverUrl: string;

beforeAll(async () => {
  serverUrl = await sharedMysqlUrl();
}, SERVER_SETUP_MS);

slotStoreContract({
  name: 'MySQL',
  seesLiveHolders: false,
  open: async layout => {
    const database = await createMysqlDatabase(serverUrl, false);
    await initMysqlSlots(database.url, layout);
    return {
      handle: () => new MysqlSlotStore({ url: database.url, system: realSystem, timeoutMs: 10_000 }),
      end: () => database.drop(),
    };
  },
});
