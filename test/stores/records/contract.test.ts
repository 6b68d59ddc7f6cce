import { mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileRecord } from '../../../src/stores/records/file.ts';
import { durableRecordContract, type NoteRecord } from '../../contract/durable-record.ts';
import { MemoryRecord } from '../../support/memory-record.ts';

durableRecordContract({
  name: 'memory',
  async open() {
    const record = new MemoryRecord<NoteRecord>();
    return { handle: () => record, damage: async () => record.damage('torn'), end: async () => {} };
  },
});

durableRecordContract({
  name: 'file',
  async open() {
    const directory = await mkdtemp(join(tmpdir(), 'frond-record-'));
    const path = join(directory, 'record.json');
    return {
      handle: () => new FileRecord<NoteRecord>({ path, parse: value => value as NoteRecord }),
      damage: () => truncate(path, 10),
      end: () => rm(directory, { recursive: true }),
    };
  },
});
