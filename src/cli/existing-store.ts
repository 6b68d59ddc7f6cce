import { existsSync } from 'node:fs';
import type { Config } from '../config.ts';
import { FrondError } from '../errors.ts';
import { sqlitePathOf } from '../stores/ranges/open.ts';
import { slotsDirectoryOf } from '../stores/slots/open.ts';

/** A command makes tags, never a store. @throws FrondError INVALID_CONFIG for one that does not exist or keeps nothing */
export function requireRangeStore(config: Config): void {
  const { segmentStore } = config;
  if (segmentStore === 'memory:' || segmentStore === 'off') {
    throw missing('--segment-store, --data-dir', `${JSON.stringify(segmentStore)} keeps no tags to look at`);
  }
  const path = sqlitePathOf(config);
  if (path !== undefined && !existsSync(path)) {
    const problem = `the database ${path} does not exist; the first start of a server makes it`;
    throw missing('--segment-store, --data-dir', problem);
  }
}

/** A command looks at worker IDs, and makes no place for them. @throws FrondError INVALID_CONFIG as requireRangeStore */
export function requireSlotStore(config: Config): void {
  const { workerSlots } = config;
  if (workerSlots === 'memory:' || workerSlots === 'off') {
    throw missing('--worker-slots', `${JSON.stringify(workerSlots)} keeps no records to look at`);
  }
  const directory = slotsDirectoryOf(config);
  if (directory !== undefined && !existsSync(directory)) {
    throw missing('--worker-slots', `the directory ${directory} does not exist`);
  }
}

function missing(setting: string, problem: string): FrondError {
  return new FrondError('INVALID_CONFIG', { setting, problem });
}
