/**
 * Files that may be replaced while the service runs: tokens, certificates. They are read anew at SIGHUP, and when
 * their change is seen: Kubernetes and other tools swap mounted secrets without telling anybody. What is refused is
 * tried again and again, for what was wrong may end unseen: half a file was read, or its permissions are mended.
 */

import { stat } from 'node:fs/promises';
import { reasonOf } from '../errors.ts';
import { type BackoffPolicy, backoffMs } from '../system/backoff.ts';
import type { Logger } from '../system/logger.ts';
import type { Random } from '../system/random.ts';
import type { Cancel, Timers } from '../system/timers.ts';

/** Something made from files. */
export interface Reloadable {
  /** For the log, as "tokens". */
  readonly what: string;
  readonly paths: readonly string[];
  /** Reads all files anew and takes them into use as one; when it throws, what was in use stays. */
  reload(): Promise<void>;
}

export interface ReloadSystem {
  readonly timers: Timers;
  readonly logger: Logger;
  readonly random: Random;
}

/** How often the files are looked at. */
const LOOK_MS = 5000;
/** Of refused reloads. */
const RETRY: BackoffPolicy = { firstMs: 1000, maxMs: 60_000 };

/** What is known of one thing made from files. */
interface Watched {
  readonly item: Reloadable;
  mark: string;
  /** Why the last reload was refused; undefined when it was taken. */
  refusal: string | undefined;
  /** Refusals since the files or an operator last asked for a reload. */
  failures: number;
  cancelRetry: Cancel;
}

/** Changes with each replacement or rewriting of a file; symbolic links are followed. */
async function markOf(paths: readonly string[]): Promise<string> {
  const marks = await Promise.all(
    paths.map(path =>
      stat(path, { bigint: true }).then(
        ({ ino, size, mtimeNs }) => `${ino}:${size}:${mtimeNs}`,
        () => 'none',
      ),
    ),
  );
  return marks.join(' ');
}

export class Reloader {
  readonly #system: ReloadSystem;
  readonly #watched: readonly Watched[];
  readonly #lookMs: number;
  #cancel: Cancel = () => {};
  #stopped = false;
  /** Settles when what was begun has been read. */
  #reading: Promise<void> = Promise.resolve();
  /** Reloads that took new content into use, and that refused it; retries that are refused for the same reason are none. */
  readonly counts = { taken: 0, refused: 0 };

  constructor(items: readonly Reloadable[], system: ReloadSystem, lookMs = LOOK_MS) {
    this.#watched = items.map(item => ({ item, mark: '', refusal: undefined, failures: 0, cancelRetry: () => {} }));
    this.#system = system;
    this.#lookMs = lookMs;
  }

  /** Begins to look; what the files hold now counts as read. Without files it does nothing. */
  async start(): Promise<void> {
    if (this.#watched.length === 0) return;
    for (const watched of this.#watched) watched.mark = await markOf(watched.item.paths);
    this.#lookLater();
  }

  /** Reads everything anew, changed or not. Never throws: what cannot be used is logged, and the old stays. */
  reloadAll(): Promise<void> {
    if (this.#watched.length === 0) this.#system.logger.info({}, 'no files to read anew');
    return this.#inTurn(async () => {
      for (const watched of this.#watched) await this.#reloadAnew(watched, await markOf(watched.item.paths));
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
    for (const { cancelRetry } of this.#watched) cancelRetry();
  }

  #lookLater(): void {
    if (this.#stopped) return;
    this.#cancel = this.#system.timers.background(this.#lookMs, () => {
      this.#inTurn(() => this.#look()).finally(() => this.#lookLater());
    });
  }

  /** One after the other: of two at a time the later one may end first, and a withdrawn token would stay in use. */
  #inTurn(read: () => Promise<void>): Promise<void> {
    this.#reading = this.#reading.then(read);
    return this.#reading;
  }

  async #look(): Promise<void> {
    for (const watched of this.#watched) {
      const mark = await markOf(watched.item.paths);
      if (mark !== watched.mark) await this.#reloadAnew(watched, mark);
    }
  }

  /** A reload that was asked for, whose refusal is told even if it is the same as before. */
  async #reloadAnew(watched: Watched, mark: string): Promise<void> {
    watched.failures = 0;
    watched.refusal = undefined;
    await this.#reload(watched, mark);
  }

  /** @param mark taken before the reading, so that a change during it is seen at the next look */
  async #reload(watched: Watched, mark: string): Promise<void> {
    const { item } = watched;
    watched.cancelRetry();
    watched.mark = mark;
    try {
      await item.reload();
      watched.refusal = undefined;
      this.counts.taken += 1;
      this.#system.logger.info({ files: item.paths }, `${item.what} read anew`);
    } catch (error) {
      this.#refused(watched, error);
    }
  }

  #refused(watched: Watched, error: unknown): void {
    const { item } = watched;
    const { timers, logger, random } = this.#system;
    const refusal = reasonOf(error);
    if (refusal !== watched.refusal) {
      this.counts.refused += 1;
      logger.error({ files: item.paths, err: error }, `${item.what} not taken, the old stay in use: ${refusal}`);
    }
    watched.refusal = refusal;
    watched.failures += 1;
    if (this.#stopped) return;
    watched.cancelRetry = timers.background(backoffMs(RETRY, watched.failures, random), () => {
      void this.#inTurn(() => this.#retry(watched));
    });
  }

  /** Unless it was taken while this waited for its turn. */
  async #retry(watched: Watched): Promise<void> {
    if (watched.refusal !== undefined) await this.#reload(watched, await markOf(watched.item.paths));
  }
}
