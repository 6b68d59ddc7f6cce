import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProofRecord } from '../../src/stores/slot-proof.ts';
import type { Member } from './member.ts';

/** The data directory that a member has unless it was told another. */
export function dataDirectoryOf(member: Member): string {
  return join(member.service.directory, 'data');
}

/** The directories of the places in a data directory that one slot store was used with, in their order. */
export function placesIn(dataDirectory: string): string[] {
  const proofs = join(dataDirectory, 'slot-proofs');
  const stores = readdirSync(proofs);
  if (stores.length !== 1) throw new Error(`${proofs} is of ${stores.length} slot stores`);
  const store = join(proofs, stores[0]!);
  return readdirSync(store)
    .sort()
    .map(place => join(store, place));
}

/** The file of the one record that a member keeps. */
export function recordFileOf(member: Member): string {
  const places = placesIn(dataDirectoryOf(member));
  if (places.length !== 1) throw new Error(`${places.length} places`);
  return join(places[0]!, 'slot.json');
}

/** The record in a `slot.json`. */
export function recordIn(file: string): ProofRecord {
  return (JSON.parse(readFileSync(file, 'utf8')) as { record: { record: ProofRecord } }).record.record;
}
