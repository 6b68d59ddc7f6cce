/**
 * What an ID says by itself. No DOM, no request: it works while the service is away.
 *
 * @import { Layout } from './status.js'
 * @typedef {{ title: string, note: string, facts: readonly (readonly [name: string, value: string])[] }} Decoded
 */

import { instant, whole } from './format.js';

const ID_END = 2n ** 63n;
const UUID = /^(?:urn:uuid:)?\{?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\}?$/i;
const SEGMENT_NOTE =
  'A segment number says nothing but itself: no time, no machine, only its place among the numbers of its tag.';
/** Who is given a snowflake has a clock that is about right. */
const FUTURE_MS = 24 * 3600 * 1000;

/** @param {bigint} id @param {Layout} layout */
function partsOf(id, { epochMs, timeBits, workerBits, sequenceBits }) {
  if (id >> BigInt(timeBits + workerBits + sequenceBits) > 0n) return undefined;
  return {
    timeMs: Number(id >> BigInt(workerBits + sequenceBits)) + epochMs,
    workerId: Number((id >> BigInt(sequenceBits)) & ((1n << BigInt(workerBits)) - 1n)),
    sequence: Number(id & ((1n << BigInt(sequenceBits)) - 1n)),
  };
}

/** @param {bigint} id @param {Layout | undefined} layout @param {number} nowMs @returns {Decoded} */
function decodeNumber(id, layout, nowMs) {
  if (id >= ID_END) {
    return { title: 'No ID of Frond', note: 'Its IDs are below 2^63.', facts: [] };
  }
  const parts = layout === undefined ? undefined : partsOf(id, layout);
  if (layout === undefined) {
    const note = `${SEGMENT_NOTE} Snowflakes are off here, or their layout is not known yet.`;
    return { title: 'A segment number, or a snowflake', note, facts: [['Number', whole(String(id))]] };
  }
  if (parts === undefined) {
    return { title: 'A segment number', note: SEGMENT_NOTE, facts: [['Number', whole(String(id))]] };
  }
  const { timeMs, workerId, sequence } = parts;
  // Whatever is small says the first days of the epoch, before there was anybody to give it.
  if (timeMs - layout.epochMs < FUTURE_MS || timeMs > nowMs + FUTURE_MS) {
    const note = `${SEGMENT_NOTE} As a snowflake of this layout it would be of ${instant(timeMs)}, which none is.`;
    return { title: 'A segment number', note, facts: [['Number', whole(String(id))]] };
  }
  return {
    title: 'A snowflake',
    note: 'By the layout of this instance. A segment number can look the same: only who asked for it knows.',
    facts: [
      ['Time', instant(timeMs)],
      ['Unix ms', String(timeMs)],
      ['Worker ID', String(workerId)],
      ['Sequence', String(sequence)],
    ],
  };
}

/** @param {string} text 36 characters, lower case @returns {Decoded} */
function decodeUuid(text) {
  const hex = text.replaceAll('-', '');
  const version = Number.parseInt(hex.charAt(12), 16);
  const variant = Number.parseInt(hex.charAt(16), 16) >> 2;
  if (/^0+$/.test(hex)) return { title: 'The nil UUID', note: 'It stands for none at all.', facts: [] };
  if (variant !== 2)
    return { title: 'A UUID of another variant', note: 'Not one by RFC 9562, so not of Frond.', facts: [] };
  if (version === 7) {
    const timeMs = Number.parseInt(hex.slice(0, 12), 16);
    return {
      title: 'A UUID of version 7',
      note: 'Its first 48 bits are a time; the rest puts those of one millisecond in order, and is random.',
      facts: [
        ['Time', instant(timeMs)],
        ['Unix ms', String(timeMs)],
        ['Version', '7 (by time)'],
      ],
    };
  }
  if (version === 4) {
    return {
      title: 'A UUID of version 4',
      note: 'It is random, and says nothing.',
      facts: [['Version', '4 (random)']],
    };
  }
  return {
    title: `A UUID of version ${version}`,
    note: 'Frond gives versions 7 and 4 only.',
    facts: [['Version', String(version)]],
  };
}

/**
 * @param {string} given as it was typed or pasted
 * @param {Layout | undefined} layout of the snowflakes of this instance
 * @param {number} nowMs Unix ms
 * @returns {Decoded}
 */
export function decode(given, layout, nowMs) {
  // As it is copied out of JSON: quotes and a comma.
  const text = given.trim().replace(/,$/, '').replaceAll(/["']/g, '').trim();
  const uuid = UUID.exec(text)?.[1];
  if (uuid !== undefined) return decodeUuid(uuid.toLowerCase());
  const digits = text.replaceAll(/[\s,_]/g, '');
  if (/^\d{1,40}$/.test(digits)) return decodeNumber(BigInt(digits), layout, nowMs);
  return {
    title: 'Not an ID',
    note: 'Give a whole number, or a UUID such as 01a2022f-91c0-71fb-adae-51bf38166e20.',
    facts: [],
  };
}
