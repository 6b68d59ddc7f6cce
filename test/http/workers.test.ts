import { describe, expect, it } from 'vitest';
import { FrondError } from '../../src/errors.ts';
import { openFront } from './fakes.ts';
import { ask } from './wire.ts';

const HELD = {
  workerId: 3,
  state: 'held',
  owner: { host: 'pod-3', port: null, pid: 42 },
  incarnation: 2,
  renewal: 17,
  hwmMs: 1_790_000_003_000,
  boundMs: 1_790_000_603_000,
  free: false,
  why: 'its holder may give IDs up to its bound',
  freeAtMs: 1_790_000_603_001,
} as const;

describe('GET /workers', () => {
  it('lists worker IDs with times as ISO 8601, and says when each is free', async () => {
    const { port, server, service } = await openFront();
    service.snowflake!.workers.push(HELD, { ...HELD, workerId: 4, free: true, why: 'released', freeAtMs: null });
    const answer = await ask(port, '/workers');
    expect(answer.status).toBe(200);
    const held = {
      workerId: 3,
      state: 'held',
      owner: { host: 'pod-3', port: null, pid: 42 },
      incarnation: 2,
      renewals: 17,
      highWater: '2026-09-21T14:13:23.000Z',
      bound: '2026-09-21T14:23:23.000Z',
      free: false,
      why: 'its holder may give IDs up to its bound',
      freeAt: '2026-09-21T14:23:23.001Z',
    };
    const free = { ...held, workerId: 4, free: true, why: 'released', freeAt: null };
    expect(JSON.parse(answer.text)).toEqual({ workers: [held, free] });
    expect(server.counters.meter('workers').statuses()).toEqual([[200, 1]]);
    await server.close();
  });

  it('is for admins: direct loopback callers, or whoever bears the token', async () => {
    const open = await openFront();
    const foreign = await ask(open.port, '/workers', { headers: { 'x-forwarded-for': '203.0.113.9' } });
    expect(JSON.parse(foreign.text)).toMatchObject({ status: 403, code: 'FORBIDDEN' });
    expect(foreign.text).toContain('The list of workers');
    await open.server.close();
    const adminToken = 'a-token-of-sixteen-or-more';
    const { port, server } = await openFront({ settings: { adminToken } });
    expect((await ask(port, '/workers')).status).toBe(401);
    expect((await ask(port, '/workers', { headers: { authorization: `Bearer ${adminToken}` } })).status).toBe(200);
    await server.close();
  });

  it('says so when snowflakes are off or the slot store is away, and names its methods', async () => {
    const off = await openFront({ off: ['snowflake'] });
    expect(JSON.parse((await ask(off.port, '/workers')).text)).toMatchObject({ status: 404, code: 'MODE_OFF' });
    await off.server.close();
    const { port, server, service } = await openFront();
    service.snowflake!.mood.refusal = new FrondError('SLOT_STORE_UNAVAILABLE', { store: 's', reason: 'gone' });
    expect(JSON.parse((await ask(port, '/workers')).text)).toMatchObject({
      status: 503,
      code: 'SLOT_STORE_UNAVAILABLE',
    });
    expect(await ask(port, '/workers', { method: 'PUT' })).toMatchObject({
      status: 405,
      headers: { allow: 'GET, HEAD, OPTIONS' },
    });
    await server.close();
  });
});
