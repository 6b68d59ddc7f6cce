import { FrondError } from '../../../src/errors.ts';
import type { RangeStore, TagChange, TagPatch, TagRecord, TakenRange } from '../../../src/stores/range-store.ts';
import type { Primary, PrimaryTerms } from '../../../src/stores/ranges/primary.ts';
import type { Residue } from '../../../src/stores/ranges/residue.ts';
import type { Prng } from '../prng.ts';
import type { Weather } from '../weather.ts';
import type { Server, SimDatabase } from './database.ts';
import type { Line } from './line.ts';
import type { SegmentTally } from './tally.ts';

export interface DatabaseLinkParts {
  readonly database: SimDatabase;
  readonly line: Line;
  readonly prng: Prng;
  readonly weather: Weather;
  readonly tally: SegmentTally;
  /** The process's name. */
  readonly by: string;
  /** The process is about to be told of a range that was made for it. */
  readonly told: (tag: string, range: TakenRange) => void;
}

/** A process's database, on the other end of a line. */
export class DatabaseLink implements Primary {
  readonly name: string;
  readonly parts: DatabaseLinkParts;
  /** The server that first answered. */
  #home: string | undefined;

  constructor(parts: DatabaseLinkParts) {
    this.name = parts.database.name;
    this.parts = parts;
  }

  /** As a store of its own, where it is the only one. */
  get alone(): RangeStore {
    return this as unknown as RangeStore;
  }

  /** As the real one, it is looked at before its first use only. */
  async open(): Promise<void> {}

  async close(): Promise<void> {}

  residue(): Promise<Residue | undefined> {
    return this.call(false, server => server.residue());
  }

  async take(tag: string, stepIds: number, terms: PrimaryTerms): Promise<TakenRange> {
    const range = await this.call(true, server => server.take(tag, stepIds, terms));
    this.parts.told(tag, range);
    return range;
  }

  giveBack(tag: string, rest: TakenRange): Promise<boolean> {
    return this.call(true, server => server.giveBack(tag, rest));
  }

  /** As the real one, only to the server that it began with. */
  leave(tag: string, rest: TakenRange, maxAgeMs: number): Promise<boolean> {
    const { database, by } = this.parts;
    return this.call(true, async server => {
      return this.#home === database.runOf(by) && server.leave!(tag, rest, maxAgeMs);
    });
  }

  getTag(tag: string): Promise<TagRecord | undefined> {
    return this.call(false, server => server.getTag(tag));
  }

  listTags(): Promise<readonly TagRecord[]> {
    const { prng, weather, tally, database, by } = this.parts;
    if (!prng.chance(weather.stale)) return this.call(false, server => server.listTags());
    tally.add('list from a replica that lags');
    return this.#over(false, () => database.runBehind(by, server => server.listTags()));
  }

  putTag(tag: string, change: TagChange): Promise<{ readonly record: TagRecord; readonly created: boolean }> {
    return this.call(true, server => server.putTag(tag, change));
  }

  patchTag(tag: string, patch: TagPatch): Promise<TagRecord | undefined> {
    return this.call(true, server => server.patchTag(tag, patch));
  }

  retireTag(tag: string): Promise<boolean> {
    return this.call(true, server => server.retireTag(tag));
  }

  call<T>(isChange: boolean, work: (server: Server) => Promise<T>): Promise<T> {
    const { database, by } = this.parts;
    return this.#over(isChange, () => {
      this.#home ??= database.runOf(by);
      return database.run(by, work);
    });
  }

  #over<T>(isChange: boolean, apply: () => Promise<T>): Promise<T> {
    const lost = (reason: string) => new FrondError('STORE_UNAVAILABLE', { store: this.name, reason });
    return this.parts.line.call(this.parts.database, isChange, apply, lost);
  }
}
