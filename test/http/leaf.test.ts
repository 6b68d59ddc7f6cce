import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FrondError } from '../../src/errors.ts';
import { type Front, openFront } from './fakes.ts';
import { ask } from './wire.ts';

let front: Front;
beforeEach(async () => {
  front = await openFront();
});
afterEach(() => front.server.close());

describe("Leaf's routes", () => {
  it('give the bare decimal number, whatever is accepted or asked beside', async () => {
    const headers = { accept: 'application/json' };
    for (const [i, path] of ['order', 'order', 'order?x=1'].entries()) {
      const answer = await ask(front.port, `/api/segment/get/${path}`, { headers });
      expect(answer).toMatchObject({ status: 200, text: String(1000 + i) });
      expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
    }
    expect((await ask(front.port, '/api/snowflake/get/anything')).text).toBe('1000');
    expect((await ask(front.port, '/api/snowflake/get/%zz')).text).toBe('1001');
  });

  it('share the IDs of the other routes', async () => {
    const texts = [];
    for (const path of ['/id/segment/order', '/api/segment/get/order', '/id/segment/order', '/api/segment/get/order']) {
      texts.push((await ask(front.port, path)).text);
    }
    expect(texts).toEqual(['1000', '1001', '1002', '1003']);
  });

  it('refuse with a status, never with 0 and 200', async () => {
    expect((await ask(front.port, '/api/segment/get/nobody')).status).toBe(404);
    expect((await ask(front.port, '/api/segment/get/')).status).toBe(400);
    expect((await ask(front.port, '/api/segment/get/a/b')).status).toBe(404);
    expect((await ask(front.port, '/api/snowflake/get/')).status).toBe(404);
    expect((await ask(front.port, '/api/segment/get/order', { method: 'POST' })).status).toBe(405);
    front.service.snowflake!.mood.refusal = new FrondError('CLOCK_BACKWARDS', { behindMs: 6000, limitMs: 5000 });
    const refused = await ask(front.port, '/api/snowflake/get/x');
    expect(JSON.parse(refused.text)).toMatchObject({ status: 503, code: 'CLOCK_BACKWARDS' });
  });

  it('count under names of their own', async () => {
    await ask(front.port, '/api/segment/get/order');
    await ask(front.port, '/api/segment/get/order');
    await ask(front.port, '/api/snowflake/get/x');
    expect(front.server.counters.meter('leaf_segment').statuses()).toEqual([[200, 2]]);
    expect(front.server.counters.meter('leaf_snowflake').statuses()).toEqual([[200, 1]]);
  });

  it("decode in Leaf's words and types, with the time in the zone of the process", async () => {
    const timeMs = 1_567_733_700_834;
    const id = (BigInt(timeMs - 1_288_834_974_657) << 22n) | (39n << 12n) | 3448n;
    const answer = await ask(front.port, `/decodeSnowflakeId?snowflakeId=${id}`);
    const local = new Date(timeMs - new Date(timeMs).getTimezoneOffset() * 60_000).toISOString();
    expect(JSON.parse(answer.text)).toEqual({
      timestamp: `${timeMs}(${local.slice(0, 10)} ${local.slice(11, 23)})`,
      sequenceId: '3448',
      workerId: '39',
    });
  });

  it.each(['', '?snowflakeId=', '?snowflakeId=abc', '?snowflakeId=-1', '?snowflakeId=1&snowflakeId=2'])(
    'do not decode %j',
    async query => {
      const answer = await ask(front.port, `/decodeSnowflakeId${query}`);
      expect(JSON.parse(answer.text)).toMatchObject({ status: 400, code: 'INVALID_ARGUMENT' });
      expect(answer.text).toContain('snowflakeId is ');
    },
  );
});
