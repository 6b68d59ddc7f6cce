import { v1, v4, v7 } from 'uuid';
import { describe, expect, it } from 'vitest';
import { IdLayout } from '../../../src/allocators/snowflake/id-layout.ts';
import { decode } from '../../../src/http/dashboard/assets/decode.js';
import { aSnowflake } from './a-status.ts';

const LAYOUT = aSnowflake().layout;
const NOW_MS = Date.UTC(2026, 10, 28);
const decoded = (text: string, layout: typeof LAYOUT | undefined = LAYOUT) => decode(text, layout, NOW_MS);

describe('the decode box', () => {
  it.each([LAYOUT, { epochMs: 1_600_000_000_000, timeBits: 39, workerBits: 16, sequenceBits: 8 }])(
    'says of a snowflake what the layout %# of the service says',
    layout => {
      const real = new IdLayout(layout);
      const id = real.compose(NOW_MS - 1234, 200, 77);
      const { timeMs, workerId, sequence } = real.decode(id);
      const { title, facts } = decoded(String(id), layout);
      expect(title).toBe('A snowflake');
      expect(Object.fromEntries(facts)).toEqual({
        Time: '2026-11-27 23:59:58.766 UTC',
        'Unix ms': String(timeMs),
        'Worker ID': String(workerId),
        Sequence: String(sequence),
      });
    },
  );

  it.each(['1', '500000', '100000000000', '9223372036854775807'])(
    'calls %s a segment number: as a snowflake it would be of no time that was',
    text => {
      const { title, note, facts } = decoded(text);
      expect(title).toBe('A segment number');
      expect(note).toContain('says nothing but itself');
      expect(facts[0]?.[1].replaceAll(',', '')).toBe(text);
    },
  );

  it('takes a number as people paste it', () => {
    expect(decoded(' "2,124,429,340,903,997,456",').facts).toEqual(decoded('2124429340903997456').facts);
  });

  it('does not guess where snowflakes are off', () => {
    expect(decode('2124429340903997456', undefined, NOW_MS).title).toBe('A segment number, or a snowflake');
  });

  it('reads the time of a UUID of version 7, and knows that version 4 says nothing', () => {
    const uuid = v7({ msecs: NOW_MS - 1 });
    expect(decoded(uuid)).toMatchObject({ title: 'A UUID of version 7' });
    expect(decoded(uuid.toUpperCase()).facts[0]).toEqual(['Time', '2026-11-27 23:59:59.999 UTC']);
    expect(decoded(v4())).toMatchObject({ title: 'A UUID of version 4', note: 'It is random, and says nothing.' });
    expect(decoded(v1()).title).toBe('A UUID of version 1');
    expect(decoded('00000000-0000-0000-0000-000000000000').title).toBe('The nil UUID');
    expect(decoded('00000000-0000-7000-c000-000000000000').title).toBe('A UUID of another variant');
  });

  it.each(['', 'order', '-5', '1.5', '0x10', '01a2022f-91c0-71fb-adae'])('says what it wants instead of %j', text => {
    expect(decoded(text)).toMatchObject({ title: 'Not an ID', facts: [] });
  });

  it('knows that no ID of Frond has 64 bits', () => {
    expect(decoded('9223372036854775808').title).toBe('No ID of Frond');
  });
});
