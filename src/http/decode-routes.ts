import type { Response } from 'express';
import type { DecodedId, Decoder } from '../allocators/snowflake/decoded-id.ts';
import { FrondError } from '../errors.ts';
import { sendJson } from './answer.ts';
import { modeOff } from './mode-off.ts';

function decode(decoder: Decoder | undefined, field: string, text: unknown): { id: bigint; said: DecodedId } {
  if (decoder === undefined) throw modeOff('snowflake');
  if (typeof text !== 'string' || !/^\d{1,19}$/.test(text)) {
    const value = typeof text === 'object' ? JSON.stringify(text) : text;
    throw new FrondError('INVALID_ARGUMENT', {
      field,
      value,
      expected: 'a decimal number from 0 to 9223372036854775807',
    });
  }
  const id = BigInt(text);
  return { id, said: decoder.decode(id) };
}

/** GET /decode/:id. @throws FrondError MODE_OFF, INVALID_ARGUMENT */
export function sendDecoded(res: Response, decoder: Decoder | undefined, text: unknown): void {
  const { id, said } = decode(decoder, 'id', text);
  const { timeMs, workerId, sequence } = said;
  sendJson(res, 200, { id, kind: 'snowflake', time: new Date(timeMs).toISOString(), timeMs, workerId, sequence });
}

/** `2019-09-06 09:35:00.834` in the zone of this process, as Leaf's SimpleDateFormat gives it. */
function leafTime(timeMs: number): string {
  const time = new Date(timeMs);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  const milliseconds = String(time.getMilliseconds()).padStart(3, '0');
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}.${milliseconds}`;
}

/** Leaf's GET /decodeSnowflakeId, by its very names and types. @throws FrondError MODE_OFF, INVALID_ARGUMENT */
export function sendLeafDecoded(res: Response, decoder: Decoder | undefined, text: unknown): void {
  const { timeMs, workerId, sequence } = decode(decoder, 'snowflakeId', text).said;
  sendJson(res, 200, {
    timestamp: `${timeMs}(${leafTime(timeMs)})`,
    sequenceId: String(sequence),
    workerId: String(workerId),
  });
}
