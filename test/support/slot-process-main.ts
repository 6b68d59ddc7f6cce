/** The other side of `slot-process.ts`: does one command a message and answers with its result. */
import { FileRecord } from '../../src/stores/records/file.ts';
import type { Slot, SlotData, SlotLayout } from '../../src/stores/slot-store.ts';
import { LocalSlotStore } from '../../src/stores/slots/local.ts';
import { FileLock } from '../../src/system/file-lock.ts';
import { realSystem } from '../../src/system/system.ts';

export interface Commands {
  /** True when the lock was free; it is then held until `unlock` or death. */
  lock(path: string): boolean;
  /** As `lock`, but nothing in the process refers to the lock afterwards, and garbage was collected. */
  lockAndForget(path: string): boolean;
  unlock(): void;
  /** As many stores as there is data, all opened and claiming a new slot at once; the worker IDs. */
  createAll(directory: string, layout: SlotLayout, data: readonly SlotData[]): Promise<(number | undefined)[]>;
  take(directory: string, layout: SlotLayout, slot: Slot, data: SlotData): Promise<Slot | undefined>;
  /** Writes 1, 2, 3, … for ever and sends every number when it is durable. */
  count(path: string): Promise<never>;
}

let lock: FileLock | undefined;
const stores: LocalSlotStore[] = [];

async function openStore(directory: string, layout: SlotLayout): Promise<LocalSlotStore> {
  const store = new LocalSlotStore({ directory, system: realSystem });
  stores.push(store);
  await store.open(layout);
  return store;
}

const commands: Commands = {
  lock(path) {
    lock = FileLock.tryAcquire(path);
    return lock !== undefined;
  },
  lockAndForget(path) {
    const acquired = FileLock.tryAcquire(path) !== undefined;
    for (let i = 0; i < 5; i++) globalThis.gc?.();
    return acquired && globalThis.gc !== undefined;
  },
  unlock() {
    lock?.release();
  },
  createAll(directory, layout, data) {
    return Promise.all(
      data.map(async each => (await (await openStore(directory, layout)).create(each, 1023))?.workerId),
    );
  },
  async take(directory, layout, slot, data) {
    return (await openStore(directory, layout)).take(slot, data);
  },
  async count(path) {
    const record = new FileRecord({ path, parse: Number });
    for (let n = 1; ; n++) {
      await record.write(n);
      process.send?.({ counted: n });
    }
  },
};

process.on('message', async ({ command, args }: { command: keyof Commands; args: never[] }) => {
  const run = commands[command] as (...args: never[]) => unknown;
  const answer = await Promise.resolve(run(...args)).then(
    result => ({ result }),
    error => ({ error: String(error) }),
  );
  process.send?.(answer);
});
