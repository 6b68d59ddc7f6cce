import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DurableRecord } from '../../src/stores/durable-record.ts';

export interface NoteRecord {
  readonly renewal: number;
  readonly note: string;
}

export interface DurableRecordRig {
  readonly name: string;
  /** One place where a record may be, empty. */
  open(): Promise<{
    /** One more handle on the record at the place. */
    handle(): DurableRecord<NoteRecord>;
    /** Makes what is stored unreadable. */
    damage(): Promise<void>;
    end(): Promise<void>;
  }>;
}

/** What every `DurableRecord` must do, wherever it keeps its value. */
export function durableRecordContract(rig: DurableRecordRig): void {
  describe(`DurableRecord contract: ${rig.name}`, () => {
    let place: Awaited<ReturnType<DurableRecordRig['open']>>;
    beforeEach(async () => {
      place = await rig.open();
    });
    afterEach(() => place.end());

    it('is absent before the first write', async () => {
      expect(await place.handle().read()).toEqual({ status: 'absent' });
    });

    it('gives any handle the value that was written last, whole', async () => {
      const record = place.handle();
      await record.write({ renewal: 1, note: 'a much longer text than the second one' });
      await record.write({ renewal: 2, note: 'ü"\n' });
      const value = { renewal: 2, note: 'ü"\n' };
      expect(await record.read()).toEqual({ status: 'found', value });
      expect(await place.handle().read()).toEqual({ status: 'found', value });
    });

    it('keeps a value of its own, whatever happens to the object that was written or read', async () => {
      const record = place.handle();
      const written = { renewal: 1, note: 'first' };
      await record.write(written);
      written.renewal = 99;
      const read = await record.read();
      if (read.status === 'found') Object.assign(read.value, { renewal: 98 });
      expect(await record.read()).toEqual({ status: 'found', value: { renewal: 1, note: 'first' } });
    });

    it('says that it is damaged, and is whole again after the next write', async () => {
      const record = place.handle();
      await record.write({ renewal: 1, note: 'first' });
      await place.damage();
      expect(await place.handle().read()).toMatchObject({ status: 'damaged', reason: expect.any(String) });
      await record.write({ renewal: 2, note: 'second' });
      expect(await place.handle().read()).toMatchObject({ status: 'found', value: { renewal: 2 } });
    });

    it('says its name', () => {
      expect(place.handle().name).not.toBe('');
    });
  });
}
