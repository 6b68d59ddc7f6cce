import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Service } from '../support/service.ts';
import { waitUntil } from '../support/wait-until.ts';

describe('a first start without any configuration', () => {
  const service = new Service();
  beforeAll(async () => {
    await service.start();
    await service.ready();
  });
  afterAll(() => service.remove());

  it('answers an ID of every kind', async () => {
    expect((await service.get('/id/segment/demo')).text).toMatch(/^\d+$/);
    expect((await service.get('/id/snowflake')).text).toMatch(/^\d{18,19}$/);
    expect((await service.get('/id/uuid')).text).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });

  it('says where to look next', () => {
    const hints = service.log.map(line => JSON.stringify(line)).join('\n');
    for (const place of ['/status', '/metrics', '/tags/']) expect(hints).toContain(place);
  });

  it('creates a tag from loopback and gives 100,000 distinct increasing IDs of it', async () => {
    const json = { 'content-type': 'application/json' };
    const put = await service.send('PUT', '/tags/order', '{"step":1000,"description":"orders"}', json);
    expect([put.status, JSON.parse(put.text)]).toMatchObject([201, { tag: 'order', step: 1000, maxId: '1' }]);
    const { status, text } = await service.get('/id/segment/order?count=100000');
    expect(status).toBe(200);
    const ids = text.trimEnd().split('\n').map(Number);
    expect(ids.length).toBe(100_000);
    expect(ids.every((id, i) => i === 0 || id > ids[i - 1]!)).toBe(true);
  });

  it('decodes a snowflake to the time, worker and sequence it was made with', async () => {
    const before = Date.now();
    const id = (await service.get('/id/snowflake')).text;
    const decoded = JSON.parse((await service.get(`/decode/${id}`)).text);
    expect(decoded).toMatchObject({ id, kind: 'snowflake', workerId: 0 });
    expect(decoded.timeMs).toBeGreaterThanOrEqual(before);
    expect(decoded.timeMs).toBeLessThanOrEqual(Date.now());
  });

  it('lives on at SIGHUP, as a reload by its supervisor sends it', async () => {
    service.signal('SIGHUP');
    await waitUntil('it to be heard', () => service.log.some(line => line.msg === 'no files to read anew'));
    expect((await service.get('/id/segment/demo')).status).toBe(200);
  });

  it("answers Leaf's routes as Leaf does", async () => {
    expect((await service.get('/api/segment/get/demo')).text).toMatch(/^\d+$/);
    const id = (await service.get('/api/snowflake/get/any')).text;
    const decoded = JSON.parse((await service.get(`/decodeSnowflakeId?snowflakeId=${id}`)).text);
    expect(Object.keys(decoded)).toEqual(['timestamp', 'sequenceId', 'workerId']);
  });

  it('exposes what it issued as Prometheus metrics', async () => {
    const { text, headers } = await service.get('/metrics');
    expect(headers['content-type']).toContain('text/plain');
    expect(text).toMatch(/^frond_segment_ids_issued_total\{tag="order"\} 100000$/m);
    expect(text).toMatch(/^frond_http_request_duration_seconds_count\{route="segment"\} [1-9]/m);
    expect(text).toMatch(/^frond_segment_fetches_total\{outcome="ok"\} [1-9]/m);
    expect(text).toMatch(/^frond_snowflake_limit_left_seconds [0-9.]+$/m);
    expect(text).toMatch(/^frond_snowflake_claims_total\{path="created"\} 1$/m);
    expect(text).toMatch(/^frond_snowflake_clock_jumps_total\{state="held"\} 0$/m);
    expect(text).toMatch(/^frond_snowflake_releases_total\{outcome="acknowledged"\} 0$/m);
    expect(text).toMatch(/^process_cpu_seconds_total /m);
  });

  it('stops with 0 at SIGTERM, gives its slot back, and goes on above at the next start', async () => {
    const last = BigInt((await service.get('/id/snowflake')).text);
    expect(await service.end('SIGTERM')).toBe(0);
    await service.start();
    await service.ready();
    expect(BigInt((await service.get('/id/snowflake')).text)).toBeGreaterThan(last);
    expect(service.errors).toEqual([]);
  });
});
