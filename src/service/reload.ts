/**
 * Files that may be replaced while the service runs: tokens, certificates. They are read anew at SIGHUP, and when
 * their change is seen: Kubernetes and other tools swap mounted secrets without telling anybody.
 */

import { stat } from 'node:fs/promises';
import { reasonOf } from '../errors.ts';
import type { Logger } from '../system/logger.ts';
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
}

/** How often the files are looked at. */
const LOOK_MS = 5000;

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
  readonly #items: readonly Reloadable[];
  readonly #lookMs: number;
  readonly #marks = new Map<Reloadable, string>();
  #cancel: Cancel = () => {};
  #stopped = false;
  /** Settles when what was begun has been read. */
  #reading: Promise<void> = Promise.resolve();
  /** Reloads that took new content into use, and that refused it. */
  readonly counts = { taken: 0, refused: 0 };

  constructor(items: readonly Reloadable[], system: ReloadSystem, lookMs = LOOK_MS) {
    this.#items = items;
    this.#system = system;
    this.#lookMs = lookMs;
  }

  /** Begins to look; what the files hold now counts as read. Without files it does nothing. */
  async start(): Promise<void> {
    if (this.#items.length === 0) return;
    for (const item of this.#items) this.#marks.set(item, await markOf(item.paths));
    this.#lookLater();
  }

  /** Reads everything anew, changed or not. Never throws: what cannot be used is logged, and the old stays. */
  reloadAll(): Promise<void> {
    if (this.#items.length === 0) this.#system.logger.info({}, 'no files to read anew');
    return this.#inTurn(async () => {
      for (const item of this.#items) await this.#reload(item, await markOf(item.paths));
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
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
    for (const item of this.#items) {
      const mark = await markOf(item.paths);
      if (mark !== this.#marks.get(item)) await this.#reload(item, mark);
    }
  }

  /** @param mark taken before the reading, so that a change during it is seen at the next look */
  async #reload(item: Reloadable, mark: string): Promise<void> {
    const { logger } = this.#system;
    this.#marks.set(item, mark);
    try {
      await item.reload();
      this.counts.taken += 1;
      logger.info({ files: item.paths }, `${item.what} read anew`);
    } catch (error) {
      this.counts.refused += 1;
      logger.error(
        { files: item.paths, err: error },
        `${item.what} not taken, the old stay in use: ${reasonOf(error)}`,
      );
    }
  }
}
