import { FrondError } from '../../errors.ts';
import type { Slot, SlotData } from '../slot-store.ts';

/** A row of `frond_slot` as the driver gives it: BIGINTs are text. */
export interface SlotRow {
  readonly workerId: number | string;
  readonly version: number | string;
  readonly token: string;
  readonly incarnation: number | string;
  readonly renewal: number | string;
  readonly hwmMs: number | string;
  readonly boundMs: number | string;
  readonly state: string;
  readonly host: string;
  readonly port: number | string | null;
  readonly pid: number | string;
}

export const SLOT_COLUMNS = `worker_id AS workerId, version, token, incarnation, renewal, hwm_ms AS hwmMs,
  bound_ms AS boundMs, state, owner_host AS host, owner_port AS port, owner_pid AS pid`;

/** The columns that hold a `SlotData`, in the order of `slotValues`. */
export const DATA_COLUMNS = [
  'token',
  'incarnation',
  'renewal',
  'hwm_ms',
  'bound_ms',
  'state',
  'owner_host',
  'owner_port',
  'owner_pid',
] as const;

/** As long as the column; the owner is a hint for people. */
const HOST_MAX_CHARACTERS = 255;

/** The greatest time that can be shown as a date; far above every layout's end. */
const LAST_DATE_MS = 8.64e15;

export function slotValues(data: SlotData): readonly (string | number | null)[] {
  const { token, incarnation, renewal, hwmMs, boundMs, state, owner } = data;
  const host = owner.host.slice(0, HOST_MAX_CHARACTERS);
  return [token, incarnation, renewal, hwmMs, boundMs, state, host, owner.port, owner.pid];
}

/** @throws FrondError STORE_DAMAGED when a number is not an exact one, or the state is unknown */
export function slotOf(store: string, row: SlotRow): Slot {
  const exact = (column: string, value: number | string): number => {
    const number = Number(value);
    if (Number.isSafeInteger(number) && number >= 0 && number <= LAST_DATE_MS) return number;
    throw damaged(store, row, `${column} is ${value}`);
  };
  const { token, state, host } = row;
  if (state !== 'held' && state !== 'released') throw damaged(store, row, `state is ${JSON.stringify(state)}`);
  return {
    workerId: exact('worker_id', row.workerId),
    version: exact('version', row.version),
    data: {
      token,
      incarnation: exact('incarnation', row.incarnation),
      renewal: exact('renewal', row.renewal),
      hwmMs: exact('hwm_ms', row.hwmMs),
      boundMs: exact('bound_ms', row.boundMs),
      state,
      owner: { host, port: row.port === null ? null : Number(row.port), pid: Number(row.pid) },
    },
  };
}

function damaged(store: string, { workerId }: SlotRow, what: string): FrondError {
  return new FrondError('STORE_DAMAGED', { store, reason: `in the row of worker ID ${workerId}, ${what}` });
}
