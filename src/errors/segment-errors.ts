import { row, show } from './row.ts';

/** Refusals of segment mode and its range stores. */
export const SEGMENT_ERRORS = {
  UNKNOWN_TAG: row(
    404,
    false,
    'The tag does not exist',
    'Create it (PUT /tags/:tag, "frond tags create", or tags.putTag of the module), or correct its name.',
    (d: { tag: string }) => `Tag ${show(d.tag)} does not exist`,
  ),
  TAG_EXISTS: row(
    412,
    false,
    'The tag exists already',
    'Change it instead (PATCH /tags/:tag, "frond tags set", or tags.patchTag of the module), or choose another name.',
    (d: { tag: string }) => `Tag ${show(d.tag)} exists already, and a new one was asked for`,
  ),
  TAG_WOULD_REWIND: row(
    409,
    false,
    'The change would make IDs repeat',
    'Give a maxId that is not below the current one; a tag only ever moves up.',
    (d: { tag: string; maxId: bigint; currentMaxId: bigint }) =>
      `maxId ${d.maxId} of tag ${show(d.tag)} is below its current maxId ${d.currentMaxId}`,
  ),
  STORE_UNAVAILABLE: row(
    503,
    true,
    'The range store cannot be reached',
    'Restore the database; Frond reconnects by itself.',
    (d: { store: string; reason: string }) => `${d.store} did not answer: ${d.reason}`,
  ),
  STORE_NOT_INITIALISED: row(
    503,
    false,
    'The store has no Frond schema',
    'Run "frond init" against it, or correct the address.',
    (d: { store: string; reason: string }) => `${d.store} is not initialised: ${d.reason}`,
  ),
  STORE_DAMAGED: row(
    503,
    false,
    'The store lost or damaged its data',
    'Restore what is missing. From an older backup only with every maxId raised above all IDs given since; Frond never starts over by itself.',
    (d: { store: string; reason: string }) => `${d.store} cannot be trusted: ${d.reason}`,
  ),
  CEILING_UNAVAILABLE: row(
    503,
    true,
    'The ceiling of the segment ranges cannot be reached',
    'Restore ZooKeeper; Frond reconnects by itself. Or, at the risk of duplicates after a failover of the database, set FROND_SEGMENT_CEILING_POLICY to preferred.',
    (d: { store: string; reason: string }) => `${d.store} did not keep the ceiling: ${d.reason}`,
  ),
  STORE_NOT_DURABLE: row(
    503,
    false,
    'The database may forget what it has acknowledged',
    'Change the named setting of the server, or let Frond only warn of it (FROND_SEGMENT_DURABILITY, FROND_SEGMENT_SEMI_SYNC).',
    (d: { store: string; reason: string }) => `${d.store} is not used: ${d.reason}`,
  ),
  SEGMENT_REWOUND: row(
    503,
    false,
    'The database went back to an older state',
    'Stop every instance, since one that started later may be giving IDs a second time; raise the maxId of the tag above every ID that any of them gave ("frond tags set" with --max-id); only then start them. FROND_SEGMENT_CEILING does so by itself the next time.',
    (d: { tag: string; start: bigint; highWater: bigint }) =>
      `The store offered IDs of tag ${show(d.tag)} from ${d.start}, but this process has already had ranges up to ${d.highWater}`,
  ),
  RANGE_EXHAUSTED: row(
    503,
    false,
    'The 64-bit number range of the tag is used up',
    'Move to another tag.',
    (d: { tag: string; stepIds: number }) => `Tag ${show(d.tag)} has no ${d.stepIds} IDs left below 2^63`,
  ),
  ID_NOT_SAFE_INTEGER: row(
    500,
    false,
    'The ID does not fit a JavaScript number',
    'Use the bigint form of the call.',
    (d: { tag: string }) => `IDs of tag ${show(d.tag)} have passed 2^53 - 1`,
  ),
} as const;
