/**
 * The least rate at which batches are to be taken. A reader that stands still is cut off by the server's timeout; one
 * that takes a little now and then would keep its share of FROND_BATCH_BUFFER_MAX_BYTES for as long as it likes, and a
 * few hundred of those all of it.
 *
 * Each connection with such a share has patience: some from the beginning, and for every byte that is handed to its
 * socket as long as that takes at the least rate. While something lies there untaken, patience runs out. It can be
 * saved up, for a kernel tells of what a slow reader took in steps of a megabyte and more. Time is counted by looks:
 * for a process that was stopped or behind no reader is to blame.
 */
import type { Socket } from 'node:net';
import type { HttpCounters } from '../../metrics/http-counters.ts';
import type { Timers } from '../../system/timers.ts';

export interface ReaderLimits {
  /** The least that readers of large batches take in a second, on average; default 16 KiB. */
  readonly readerMinBytesPerS?: number | undefined;
  /** How long they may take less at first; default 5000. */
  readonly readerGraceMs?: number | undefined;
  /** How often slow requests and readers are looked for; default 1000. */
  readonly connectionsCheckMs?: number | undefined;
}

export type Reader = Pick<Socket, 'bytesWritten' | 'writableLength' | 'destroy'>;

interface Patience {
  /** Batches under way. */
  batches: number;
  leftMs: number;
  /** Handed to the socket up to the last look. */
  offeredBytes: number;
}

const MIN_BYTES_PER_S = 16 * 1024;
const GRACE_MS = 5000;
const LOOK_MS = 1000;
/** The most patience that is saved up: what was read fast pays for no more. */
const SAVED_MAX_MS = 60_000;

export class SlowReaders {
  readonly #minBytesPerS: number;
  readonly #graceMs: number;
  readonly #lookMs: number;
  readonly #counters: HttpCounters;
  readonly #timers: Timers;
  readonly #readers = new Map<Reader, Patience>();
  #looking = false;

  constructor(limits: ReaderLimits, counters: HttpCounters, timers: Timers) {
    this.#minBytesPerS = limits.readerMinBytesPerS ?? MIN_BYTES_PER_S;
    this.#graceMs = limits.readerGraceMs ?? GRACE_MS;
    this.#lookMs = limits.connectionsCheckMs ?? LOOK_MS;
    this.#counters = counters;
    this.#timers = timers;
  }

  /** A batch for this reader begins. */
  begin(reader: Reader): void {
    const known = this.#readers.get(reader);
    if (known !== undefined) known.batches += 1;
    else this.#readers.set(reader, { batches: 1, leftMs: this.#graceMs, offeredBytes: reader.bytesWritten });
    if (!this.#looking) this.#lookLater();
  }

  /** One of its batches has been taken, or the reader is gone. */
  end(reader: Reader): void {
    const patience = this.#readers.get(reader);
    if (patience !== undefined && --patience.batches === 0) this.#readers.delete(reader);
  }

  #lookLater(): void {
    this.#looking = this.#readers.size > 0;
    if (!this.#looking) return;
    this.#timers.background(this.#lookMs, () => {
      for (const [reader, patience] of this.#readers) this.#look(reader, patience);
      this.#lookLater();
    });
  }

  #look(reader: Reader, patience: Patience): void {
    const { bytesWritten } = reader;
    const earnedMs = ((bytesWritten - patience.offeredBytes) * 1000) / this.#minBytesPerS;
    patience.leftMs = Math.min(SAVED_MAX_MS, patience.leftMs + earnedMs);
    patience.offeredBytes = bytesWritten;
    // All is taken: whatever is waited for, it is not the reader.
    if (reader.writableLength === 0) return;
    patience.leftMs -= this.#lookMs;
    if (patience.leftMs > 0) return;
    this.#counters.readersCut += 1;
    this.#readers.delete(reader);
    reader.destroy();
  }
}
