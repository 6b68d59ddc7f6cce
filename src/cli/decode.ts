import { IdLayout } from '../allocators/snowflake/id-layout.ts';
import { type IdFormatName, numberToUuid, parseId, uuidToNumber } from '../formats/id-text.ts';
import type { SlotLayout } from '../stores/slot-store.ts';
import { CliError } from './cli-error.ts';
import { EXIT } from './exit-code.ts';
import { textTable } from './text-table.ts';

/** What an ID says, as GET /decode/:id has it, and more kinds. */
export interface Decoded {
  /** In its usual spelling. */
  readonly id: string;
  readonly kind: 'snowflake' | 'uuid';
  /** Of UUIDs. */
  readonly version?: number;
  /** Null where the ID holds none. */
  readonly time: string | null;
  readonly timeMs: number | null;
  readonly workerId?: number;
  readonly sequence?: number;
}

/** 128 bits in each format; a shorter text is a number. */
const UUID_CHARS: Readonly<Record<IdFormatName, number>> = { hex: 32, base32: 26, base62: 22 };

/** A version that RFC 9562 knows, and its variant. */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-([1-8])[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/**
 * Every number reads as a snowflake, also one of a segment: nothing in it tells.
 * @param from how `text` is written; undefined for a decimal number or a UUID
 * @throws CliError for what is no ID; FrondError INVALID_ARGUMENT for a number that the layout does not have
 */
export function decodeId(text: string, layout: SlotLayout, from: IdFormatName | undefined): Decoded {
  if (from !== undefined) {
    const id = parseId(text, from);
    if (id === undefined) throw noId(text, `one written in ${from}`);
    return text.length === UUID_CHARS[from] ? decodeUuid(numberToUuid(id)) : decodeNumber(id, layout);
  }
  if (/^\d{1,20}$/.test(text)) return decodeNumber(BigInt(text), layout);
  const uuid = text.toLowerCase();
  if (UUID.test(uuid)) return decodeUuid(uuid);
  throw noId(text, 'a decimal number or a UUID (other spellings with --from)');
}

function noId(text: string, expected: string): CliError {
  return new CliError(`${JSON.stringify(text.slice(0, 80))} is no ID; expected ${expected}`, EXIT.usage);
}

function decodeNumber(id: bigint, layout: SlotLayout): Decoded {
  const { timeMs, workerId, sequence } = new IdLayout(layout).decode(id);
  return { id: String(id), kind: 'snowflake', time: new Date(timeMs).toISOString(), timeMs, workerId, sequence };
}

function decodeUuid(id: string): Decoded {
  const digit = UUID.exec(id)?.[1];
  if (digit === undefined) throw noId(id, 'one of a version that RFC 9562 knows');
  const timeMs = digit === '7' ? Number(uuidToNumber(id) >> 80n) : null;
  const time = timeMs === null ? null : new Date(timeMs).toISOString();
  return { id, kind: 'uuid', version: Number(digit), time, timeMs };
}

/** For people. */
export function decodedTable(all: readonly Decoded[]): string {
  const rows = all.map(({ id, kind, version, time, workerId, sequence }) => {
    const shown = kind === 'uuid' ? `uuid v${version}` : kind;
    return [id, shown, time ?? '-', `${workerId ?? '-'}`, `${sequence ?? '-'}`];
  });
  return textTable([['id', 'kind', 'time', 'worker', 'sequence'], ...rows]);
}
