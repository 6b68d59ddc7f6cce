import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileRecord, RECORD_MAX_BYTES } from '../../../src/stores/records/file.ts';
import { SlotProcess } from '../../support/slot-process.ts';

interface Mark {
  readonly owner: string;
  readonly hwmMs: number;
}

function parseMark(value: unknown): Mark {
  const { owner, hwmMs } = value as Mark;
  if (typeof owner !== 'string' || typeof hwmMs !== 'number') throw new Error('it is\nno mark');
  return { owner, hwmMs };
}

const MARK: Mark = { owner: 'Zoë}\n', hwmMs: 8_796_093_022_207 };

describe('FileRecord', () => {
  let directory: string;
  let path: string;
  let record: FileRecord<Mark>;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'frond-record-'));
    path = join(directory, 'mark.json');
    record = new FileRecord({ path, parse: parseMark });
  });

  afterEach(() => rmSync(directory, { recursive: true }));

  describe('writing', () => {
    it('is absent before the first write and then reads what was written last, also through another object', async () => {
      expect(await record.read()).toEqual({ status: 'absent' });
      await record.write({ owner: 'a', hwmMs: 1 });
      await record.write(MARK);
      expect(await record.read()).toEqual({ status: 'found', value: MARK });
      expect(await new FileRecord({ path, parse: parseMark }).read()).toEqual({ status: 'found', value: MARK });
    });

    it('leaves one file, which is JSON that a person can read', async () => {
      await record.write(MARK);
      expect(readdirSync(directory)).toEqual(['mark.json']);
      expect(JSON.parse(readFileSync(path, 'utf8')).record).toEqual(MARK);
    });

    it('is not disturbed by what a dead writer left, and clears it away', async () => {
      writeFileSync(`${path}.tmp`, '{"crc32":"00000000","rec');
      expect(await record.read()).toEqual({ status: 'absent' });
      await record.write(MARK);
      expect(await record.read()).toEqual({ status: 'found', value: MARK });
      expect(readdirSync(directory)).toEqual(['mark.json']);
    });

    it('refuses a second write while one runs, and goes on afterwards', async () => {
      const first = record.write(MARK);
      await expect(record.write({ owner: 'b', hwmMs: 2 })).rejects.toThrow('its last write has not ended');
      await first;
      expect(await record.read()).toEqual({ status: 'found', value: MARK });
      await record.write({ owner: 'b', hwmMs: 2 });
      expect(await record.read()).toEqual({ status: 'found', value: { owner: 'b', hwmMs: 2 } });
    });

    it('keeps the old value when a write fails, and can write again', async () => {
      await record.write(MARK);
      mkdirSync(`${path}.tmp`);
      await expect(record.write({ owner: 'b', hwmMs: 2 })).rejects.toMatchObject({ code: 'EISDIR' });
      expect(await record.read()).toEqual({ status: 'found', value: MARK });
      rmdirSync(`${path}.tmp`);
      await record.write({ owner: 'b', hwmMs: 2 });
      expect(await record.read()).toEqual({ status: 'found', value: { owner: 'b', hwmMs: 2 } });
    });

    it('refuses a value that it would not read back, before it touches the file', async () => {
      await record.write(MARK);
      const large = { owner: 'x'.repeat(RECORD_MAX_BYTES), hwmMs: 1 };
      await expect(record.write(large)).rejects.toMatchObject({ code: 'INTERNAL' });
      expect(await record.read()).toEqual({ status: 'found', value: MARK });
    });
  });

  describe('creating', () => {
    it('lets exactly one of many create it, whole, and leaves no other file', async () => {
      const rivals = Array.from({ length: 16 }, (_, i) => ({ owner: `r${i}`, hwmMs: i }));
      const created = await Promise.all(rivals.map(rival => new FileRecord({ path, parse: parseMark }).create(rival)));
      expect(created.filter(Boolean).length).toBe(1);
      expect(await record.read()).toEqual({ status: 'found', value: rivals[created.indexOf(true)] });
      expect(readdirSync(directory)).toEqual(['mark.json']);
    });
  });

  describe('damage', () => {
    it('sees a file torn at any byte', async () => {
      await record.write(MARK);
      const whole = readFileSync(path);
      expect(whole.length).toBeGreaterThan(60);
      for (let length = 0; length < whole.length; length++) {
        writeFileSync(path, whole.subarray(0, length));
        expect((await record.read()).status, `torn after ${length} bytes`).toBe('damaged');
      }
    });

    it('sees any byte changed', async () => {
      await record.write(MARK);
      const whole = readFileSync(path);
      for (let i = 0; i < whole.length; i++) {
        const changed = Buffer.from(whole);
        changed[i]! ^= 1;
        writeFileSync(path, changed);
        expect((await record.read()).status, `byte ${i} changed`).toBe('damaged');
      }
    });

    it('sees the tail of a longer value left behind', async () => {
      await record.write(MARK);
      writeFileSync(path, 'e":1}}\n', { flag: 'a' });
      expect((await record.read()).status).toBe('damaged');
    });

    it.each([
      ['nothing', Buffer.alloc(0), 'its 0 bytes are not a whole record'],
      ['zeros, as after a power loss', Buffer.alloc(120), 'its 120 bytes are not a whole record'],
      ['foreign JSON', Buffer.from('{"workerID":7}\n'), 'its 15 bytes are not a whole record'],
      ['more than the limit', Buffer.alloc(RECORD_MAX_BYTES * 2, ' '), `it is larger than ${RECORD_MAX_BYTES} bytes`],
    ])('says what is wrong with a file that holds %s', async (_, content, reason) => {
      writeFileSync(path, content);
      expect(await record.read()).toEqual({ status: 'damaged', reason });
    });

    it('sees a byte order mark, as an editor may add', async () => {
      await record.write(MARK);
      writeFileSync(path, `\uFEFF${readFileSync(path, 'utf8')}`);
      expect((await record.read()).status).toBe('damaged');
    });

    it('sees a directory in its place', async () => {
      mkdirSync(path);
      expect((await record.read()).status).toBe('damaged');
    });

    it('takes a valid file of another shape for damaged, with the reason on one line', async () => {
      await new FileRecord({ path, parse: value => value }).write({ owner: 4 } as never);
      expect(await record.read()).toEqual({ status: 'damaged', reason: 'it is no mark' });
    });

    it('is mended by the next write', async () => {
      writeFileSync(path, 'torn');
      await record.write(MARK);
      expect(await record.read()).toEqual({ status: 'found', value: MARK });
    });
  });

  it('reads the last durable value or the one being written, after kill -9 at any moment of a write', async () => {
    const counter = new FileRecord({ path, parse: Number });
    for (let round = 0; round < 5; round++) {
      const durable = await new SlotProcess().countAndDie(path, 3 + round * 7);
      const read = await counter.read();
      if (read.status !== 'found') throw new Error(`round ${round}: ${JSON.stringify(read)}`);
      expect(read.value).toBeGreaterThanOrEqual(durable);
      expect(read.value).toBeLessThan(durable + 50);
      rmSync(path);
    }
  });
});
