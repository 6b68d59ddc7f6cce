import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteRangeStore } from '../../../src/stores/ranges/sqlite.ts';
import { realSystem } from '../../../src/system/system.ts';
import { rangeStoreContract } from '../../contract/range-store.ts';

rangeStoreContract({
  name: 'sqlite',
  open: async () => {
    const directory = await mkdtemp(join(tmpdir(), 'frond-sqlite-'));
    return {
      handle: () => new SqliteRangeStore({ path: join(directory, 'frond.db'), system: realSystem }),
      end: () => rm(directory, { recursive: true }),
    };
  },
});
