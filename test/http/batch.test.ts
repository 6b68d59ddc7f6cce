import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FrondError } from '../../src/errors.ts';
import { type Front, openFront } from './fakes.ts';
import { ask, open, until } from './wire.ts';

const JSON_ACCEPT = { headers: { accept: 'application/json' } };
const numbers = (count: number) => Array.from({ length: count }, (_, i) => String(1000 + i));

let front: Front;
beforeEach(async () => {
  front = await openFront();
});
afterEach(() => front.server.close());

describe('many IDs', () => {
  it.each([1, 3, 1000, 100_000])('come one a line, each line ended, for count=%i', async count => {
    const answer = await ask(front.port, `/id/segment/order?count=${count}`);
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' } });
    expect(answer.text).toBe(`${numbers(count).join('\n')}\n`);
    expect(front.service.segment!.source('order').taken).toBe(BigInt(count));
  });

  it.each([1, 1000, 100_000])('come as JSON with their kind for count=%i', async count => {
    const answer = await ask(front.port, `/id/segment/order?count=${count}`, JSON_ACCEPT);
    expect(JSON.parse(answer.text)).toEqual({ ids: numbers(count), kind: 'segment', tag: 'order' });
    const snowflakes = await ask(front.port, '/id/snowflake?count=2', JSON_ACCEPT);
    expect(JSON.parse(snowflakes.text)).toEqual({ ids: ['1000', '1001'], kind: 'snowflake' });
  });

  it.each([2, 100_000])('are UUIDs without repeats for count=%i', async count => {
    const { text } = await ask(front.port, `/id/uuid?count=${count}`);
    const lines = text.split('\n');
    expect(lines.pop()).toBe('');
    expect(new Set(lines).size).toBe(count);
    const json = await ask(front.port, `/id/uuid?version=4&count=${count}`, JSON_ACCEPT);
    expect(JSON.parse(json.text).ids).toHaveLength(count);
  });

  it('wait for a client that does not read, and are dropped when it leaves', async () => {
    const large = await openFront({ settings: { maxCountIds: 1_000_000 } });
    const source = large.service.snowflake!.source();
    source.upcoming = 10n ** 18n;
    const socket = await open(large.port, 'GET /id/snowflake?count=1000000 HTTP/1.1\r\nHost: a\r\n\r\n');
    socket.pause();
    await until(() => source.upcoming > 10n ** 18n);
    const meter = large.server.counters.meter('snowflake');
    expect((await ask(large.port, '/healthz')).status).toBe(200);
    expect(meter.statuses()).toEqual([]);
    socket.destroy();
    await until(() => meter.statuses().length > 0);
    expect(meter.statuses()).toEqual([[499, 1]]);
    await large.server.close();
  });

  it('of small batches carry their length', async () => {
    const { headers, text } = await ask(front.port, '/id/snowflake?count=500');
    expect(headers['content-length']).toBe(String(text.length));
  });
});

describe('ranges', () => {
  it('cost one call however many IDs they hold, ends inclusive', async () => {
    const answer = await ask(front.port, '/id/segment/order/ranges?count=10000000');
    expect(JSON.parse(answer.text)).toEqual({
      kind: 'segment',
      tag: 'order',
      ranges: [{ start: '1000', end: '10000999', step: '1' }],
    });
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    const snowflakes = await ask(front.port, '/id/snowflake/ranges?count=7');
    expect(JSON.parse(snowflakes.text)).toEqual({
      kind: 'snowflake',
      ranges: [{ start: '1000', end: '1006', step: '1' }],
    });
  });

  it('need a count', async () => {
    const answer = await ask(front.port, '/id/segment/order/ranges');
    expect(JSON.parse(answer.text).detail).toMatch(/^count is missing; expected an integer from 1 to 10000000\./);
  });
});

describe('fallback', () => {
  const clock = new FrondError('CLOCK_BACKWARDS', { behindMs: 6000, limitMs: 5000 });
  const store = new FrondError('STORE_UNAVAILABLE', { store: 'mysql', reason: 'connect ETIMEDOUT' });

  it('is not used while the asked kind answers, and the header says so', async () => {
    const answer = await ask(front.port, '/id/segment/order?fallback=uuid');
    expect(answer).toMatchObject({ status: 200, text: '1000', headers: { 'frond-kind': 'segment' } });
  });

  it('answers in the order of the list when the asked kind refuses with 503', async () => {
    front.service.segment!.mood.refusal = store;
    const path = '/id/segment/order?fallback=snowflake,uuid';
    expect(await ask(front.port, path)).toMatchObject({ text: '1000', headers: { 'frond-kind': 'snowflake' } });
    front.service.snowflake!.mood.refusal = clock;
    const uuid = await ask(front.port, path, JSON_ACCEPT);
    expect(JSON.parse(uuid.text)).toEqual({ id: expect.stringMatching(/^0{8}-/), kind: 'uuid' });
    expect(uuid.headers['frond-kind']).toBe('uuid');
    const batch = await ask(front.port, `${path}&count=2`, JSON_ACCEPT);
    expect(JSON.parse(batch.text)).toMatchObject({ ids: [expect.any(String), expect.any(String)], kind: 'uuid' });
    expect(batch.headers['frond-kind']).toBe('uuid');
  });

  it("gives the asked kind's refusal when all refuse", async () => {
    front.service.segment!.mood.refusal = store;
    front.service.snowflake!.mood.refusal = clock;
    const answer = await ask(front.port, '/id/segment/order?fallback=snowflake');
    expect(JSON.parse(answer.text)).toMatchObject({ status: 503, code: 'STORE_UNAVAILABLE' });
  });

  it("does not hide the caller's mistake", async () => {
    expect((await ask(front.port, '/id/segment/none?fallback=uuid')).status).toBe(404);
  });

  it('passes over a kind that is off', async () => {
    const without = await openFront({ off: ['snowflake'] });
    without.service.segment!.mood.refusal = store;
    const answer = await ask(without.port, '/id/segment/order?fallback=snowflake,uuid');
    expect(answer.headers['frond-kind']).toBe('uuid');
    await without.server.close();
  });

  it('is never remembered for the fast lane', async () => {
    front.service.snowflake!.mood.refusal = clock;
    expect((await ask(front.port, '/id/snowflake?fallback=uuid')).status).toBe(200);
    expect((await ask(front.port, '/id/snowflake')).status).toBe(503);
  });
});
