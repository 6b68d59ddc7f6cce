/** Takes ranges of a tag from an SQLite store for ever, and writes `start end` a line as soon as it has one. */
import { writeSync } from 'node:fs';
import { SqliteRangeStore } from '../../src/stores/ranges/sqlite.ts';
import { realSystem } from '../../src/system/system.ts';

const [path = '', tag = '', count = 'Infinity'] = process.argv.slice(2);
const seedTags = [{ tag, stepIds: 10, description: null }];
const store = new SqliteRangeStore({ path, system: realSystem, seedTags, timeoutMs: 20_000 });
await store.open();
for (let i = 0; i < Number(count); i++) {
  const { start, end } = await store.take(tag, 10);
  writeSync(1, `${start} ${end}\n`);
}
await store.close();
