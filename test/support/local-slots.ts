import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Slot, SlotData, SlotLayout } from '../../src/stores/slot-store.ts';
import { LocalSlotStore } from '../../src/stores/slots/local.ts';
import type { Host } from '../../src/system/host.ts';
import { SlotProcess } from './slot-process.ts';
import { VirtualSystem } from './virtual-system.ts';

export const LAYOUT: SlotLayout = { epochMs: 1_288_834_974_657, timeBits: 41, workerBits: 10, sequenceBits: 12 };
export const T0_MS = 1_790_000_000_000;

export function dataOf(token: string, renewal = 0): SlotData {
  const owner = { host: 'h', port: 8080, pid: 1 };
  return { token, incarnation: 1, renewal, hwmMs: T0_MS + renewal, boundMs: T0_MS + 9_000, state: 'held', owner };
}

/** A directory of worker slots on the real disk, which does not exist yet, and the stores and processes that use it. */
export class LocalSlotsWorld {
  readonly home = mkdtempSync(join(tmpdir(), 'frond-local-'));
  readonly directory = join(this.home, 'data', 'slots');
  readonly system = new VirtualSystem({ wallMs: T0_MS });
  readonly #stores: LocalSlotStore[] = [];
  readonly #processes: SlotProcess[] = [];

  /** An open store, with machine ID "machine-a" and a local disk unless `host` says otherwise. */
  async instance(at = this.directory, host: Partial<Host> = {}): Promise<LocalSlotStore> {
    const found: Host = {
      machineId: async () => 'machine-a',
      networkFilesystem: async () => undefined,
      ...host,
    };
    const store = new LocalSlotStore({ directory: at, system: this.system, host: found });
    this.#stores.push(store);
    await store.open(LAYOUT);
    return store;
  }

  startProcess(): SlotProcess {
    const process = new SlotProcess();
    this.#processes.push(process);
    return process;
  }

  /** A slot that an instance claimed and left. */
  async leftSlot(host: Partial<Host> = {}): Promise<Slot> {
    const store = await this.instance(this.directory, host);
    const slot = await store.create(dataOf('gone'), 1023);
    await store.close();
    return slot!;
  }

  file(...names: string[]): string {
    return join(this.directory, ...names);
  }

  /** Why slots were passed over, as logged. */
  passedOver(): string[] {
    return this.system.logged('warn').map(line => String(line.fields['reason']));
  }

  async end(): Promise<void> {
    await Promise.all([...this.#stores.map(each => each.close()), ...this.#processes.map(each => each.kill())]);
    rmSync(this.home, { recursive: true });
  }
}
