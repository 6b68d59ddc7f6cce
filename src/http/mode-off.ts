import { FrondError } from '../errors.ts';

const SETTINGS = { segment: 'FROND_SEGMENT_STORE', snowflake: 'FROND_WORKER_SLOTS' } as const;

/** The refusal of a kind that this instance does not give, with the setting that would change it. */
export function modeOff(kind: keyof typeof SETTINGS): FrondError {
  return new FrondError('MODE_OFF', { kind, setting: SETTINGS[kind] });
}
