import type { SnowflakeStatus } from '../../src/allocators/snowflake/snowflake-status.ts';
import type { Tally } from './tally.ts';

/** What a process has seen in its life goes into the tally. */
export function tallyStatus(tally: Tally, status: SnowflakeStatus): void {
  const { claims, fences, misses, jumpsHeld, jumpsConfirmed, troubles, absorbedRollbackMs } = status;
  tally.add('created', claims.created);
  tally.add('offline start', claims.offline);
  tally.add('record outdated', status.proofs.outdated);
  tally.add('record not written', status.records.failed);
  tally.add('slot parked', status.releases.parked);
  tally.add('takeover of an expired slot', claims.expired);
  tally.add('restart with proof of death', claims.proof);
  tally.add('released slot taken', claims.released);
  tally.add('fence', fences);
  tally.add('rollback absorbed', absorbedRollbackMs > 0 ? 1 : 0);
  tally.add('rollback refused', misses.backwards);
  tally.add('sequence exhausted', misses.exhausted);
  tally.add('limit reached', misses.limit);
  tally.add('jump held', jumpsHeld);
  tally.add('jump confirmed', jumpsConfirmed);
  tally.add('no free slot', troubles.NO_FREE_SLOT ?? 0);
  tally.add('clock behind at start', troubles.CLOCK_BEHIND ?? 0);
  tally.add('clock skew at start', troubles.CLOCK_SKEW ?? 0);
}
