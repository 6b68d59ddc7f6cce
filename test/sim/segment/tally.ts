import { Counts } from '../tally.ts';

/** What must happen now and then, or the worlds are too tame. */
export const SEGMENT_SOMETIMES = [
  'rewound refused',
  'rewound seen in a list',
  'lifted by a ceiling',
  'ceiling raised by another first',
  'range thrown away for its ceiling',
  'range without its ceiling',
  'refused for want of a ceiling',
  'unknown, then range lost',
  'unknown, and nothing done',
  'update done after its deadline',
  'give-back taken',
  'give-back refused',
  'give-back unknown',
  'leftover left',
  'leftover refused',
  'leftover taken',
  'failover lost updates',
  'failover flapped back',
  'crash lost updates',
  'backup restored',
  'split brain wrote twice',
  'list from a replica that lags',
  'stale ceiling read',
  'primary left out',
  'primary taken back',
  'residue refused',
  'start refused',
  'step changed during a fetch',
  'tag raised',
  'tag retired',
  'tag made again',
  'unknown tag told',
  'numbers exhausted',
  'waited for a range',
  'deadline exceeded',
  'too many waiters',
  'circuit open',
  'killed during a change',
  'duplicate that nobody could know of',
] as const;

export type SegmentSometimes = (typeof SEGMENT_SOMETIMES)[number];

export class SegmentTally extends Counts<SegmentSometimes> {
  constructor() {
    super(SEGMENT_SOMETIMES);
  }
}

/** What only the log tells. */
export function countLogged(tally: SegmentTally, message: string): void {
  if (message.startsWith('a primary is left out')) {
    tally.add('primary left out');
    if (message.includes('STORE_NOT_INITIALISED')) tally.add('residue refused');
  } else if (message.startsWith('a primary is used again')) tally.add('primary taken back');
  else if (message.startsWith('the database went back') && message.includes('next fetch')) {
    tally.add('rewound seen in a list');
  }
}
