import { FrondError } from '../../errors.ts';
import { realSystem, type System } from '../../system/system.ts';
import { applyMigration } from '../mysql/migration.ts';
import { MysqlPool } from '../mysql/mysql-pool.ts';
import type { MysqlSession } from '../mysql/mysql-session.ts';
import { parseMysqlUrl } from '../mysql/mysql-url.ts';
import { RESIDUE_ROW, readResidue } from './mysql-residue.ts';
import { mysqlStoreError } from './mysql-store-error.ts';
import { isSame, type Residue, textOf } from './residue.ts';

/** Time for copying the tags beside other work on the server. */
const INIT_TIMEOUT_MS = 30_000;

/** A row of leaf_alloc, retired ones included. */
interface AnyRow {
  readonly tag: string;
  readonly maxId: string;
  readonly stepIds: number;
  readonly description: string | null;
}

interface Place {
  readonly name: string;
  run<T>(work: (session: MysqlSession) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/**
 * Makes databases with leaf_alloc the primaries of one set: each gets a residue class, the tags of all are copied to
 * all, and every row is lifted to the highest maxId of its tag, so that what was given before is not given again.
 * Afterwards it only checks. To be called while no instance and no Leaf runs on any of them.
 * @returns a line for each
 * @throws FrondError STORE_NOT_INITIALISED where a database has another residue class than its place says, or only
 *   some have one; STORE_UNAVAILABLE
 */
export async function initPrimaries(urls: readonly string[], system: System = realSystem): Promise<readonly string[]> {
  const places = urls.map(url => placeOf(url, system));
  try {
    const found: (Residue | undefined)[] = [];
    for (const place of places) found.push(await place.run(session => readResidue(session)));
    const wanted = places.map((_, remainder) => ({ delta: places.length, remainder }));
    requireNoOther(places, found, wanted);
    if (found.every(residue => residue === undefined)) {
      await liftTags(places);
      for (const [i, place] of places.entries()) await place.run(session => assign(place.name, session, wanted[i]!));
    }
    return places.map(({ name }, i) => `${name} gives the IDs of ${textOf(wanted[i]!)}`);
  } finally {
    await Promise.all(places.map(place => place.close()));
  }
}

function placeOf(url: string, system: System): Place {
  const address = parseMysqlUrl(url);
  const pool = new MysqlPool({ address, system, timeoutMs: INIT_TIMEOUT_MS, poolSize: 1 });
  return {
    name: address.name,
    run: work =>
      pool.run(work).catch(error => {
        throw mysqlStoreError(address.name, error);
      }),
    close: () => pool.close(),
  };
}

function requireNoOther(places: readonly Place[], found: readonly (Residue | undefined)[], wanted: readonly Residue[]) {
  for (const [i, { name }] of places.entries()) {
    const [residue, own] = [found[i], wanted[i]!];
    if (residue === undefined && found.some(each => each !== undefined)) {
      throw notInitialised(
        name,
        'frond_residue has no row, although that of another one has: if it lost its data, IDs would repeat; see docs/several-primaries.md',
      );
    }
    if (residue === undefined || isSame(residue, own)) continue;
    throw notInitialised(
      name,
      `frond_residue says ${textOf(residue)}, not ${textOf(own)} as its place among the addresses; it is never changed`,
    );
  }
}

/** Retired tags as well: they may come back. */
async function liftTags(places: readonly Place[]): Promise<void> {
  const tags = new Map<string, AnyRow>();
  for (const place of places) {
    const sql = 'SELECT biz_tag AS tag, max_id AS maxId, step AS stepIds, description FROM leaf_alloc';
    for (const row of await place.run(session => session.read<AnyRow>(sql))) {
      const known = tags.get(row.tag) ?? row;
      tags.set(row.tag, BigInt(row.maxId) > BigInt(known.maxId) ? { ...known, maxId: row.maxId } : known);
    }
  }
  for (const place of places) {
    await place.run(async session => {
      for (const { tag, maxId, stepIds, description } of tags.values()) {
        await session.write(
          `INSERT INTO leaf_alloc (biz_tag, max_id, step, description) VALUES (?, ?, ?, ?)
           ON DUPLICATE KEY UPDATE max_id = GREATEST(max_id, ?)`,
          [tag, BigInt(maxId), stepIds, description, BigInt(maxId)],
        );
      }
    });
  }
}

async function assign(name: string, session: MysqlSession, { delta, remainder }: Residue): Promise<void> {
  await applyMigration(session, '004_frond_residue.sql');
  await session.write('INSERT IGNORE INTO frond_residue (id, delta, remainder) VALUES (?, ?, ?)', [
    RESIDUE_ROW,
    delta,
    remainder,
  ]);
  const found = await readResidue(session);
  if (found !== undefined && isSame(found, { delta, remainder })) return;
  const other = found === undefined ? 'is empty' : `says ${textOf(found)}`;
  throw notInitialised(name, `frond_residue ${other}; is the same database named twice?`);
}

function notInitialised(store: string, reason: string): FrondError {
  return new FrondError('STORE_NOT_INITIALISED', { store, reason });
}
