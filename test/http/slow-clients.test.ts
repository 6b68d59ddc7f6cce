import { readdirSync } from 'node:fs';
import type { Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { PIPELINED_MAX } from '../../src/http/pipeline-limit.ts';
import type { HttpSettings } from '../../src/http/server.ts';
import { type Front, openFront } from './fakes.ts';
import { ask, exchange, open, readAll, until } from './wire.ts';

let front: Front;
async function opened(settings: Partial<HttpSettings>): Promise<Front> {
  front = await openFront({ settings: { connectionsCheckMs: 20, ...settings } });
  return front;
}
afterEach(() => front.server.close());

const PUT = `PUT /tags/slow HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 14\r\n\r\n`;

/** Sends the text a character at a time, each when the one before it is on its way, as long as somebody listens. */
async function drip(socket: Socket, text: string): Promise<void> {
  socket.on('error', () => {});
  for (const character of text) {
    if (socket.destroyed) return;
    await new Promise(resolve => socket.write(character, resolve));
    await new Promise(resolve => setImmediate(resolve));
  }
}

describe('a slow client', () => {
  it('of a header that never ends is told so after its time, however busily it sends', async () => {
    // However fast it sends, the time is over before the size is reached; of fields there may be a thousand only.
    const { port, server } = await opened({ headersTimeoutMs: 100, maxHeaderBytes: 2 ** 20 });
    const socket = await open(port, 'GET /id/snowflake HTTP/1.1\r\nHost: a\r\n');
    const text = readAll(socket);
    void drip(socket, `X-A: ${'b'.repeat(800_000)}`);
    expect(await text).toMatch(/^HTTP\/1\.1 408 [\s\S]*REQUEST_TIMEOUT/);
    expect(server.counters.unreadable.get(408)).toBe(1);
  });

  it('of a body is cut off after the time of a request, and nothing is changed', async () => {
    const { port, service } = await opened({ headersTimeoutMs: 200, requestTimeoutMs: 200 });
    const text = await exchange(port, `${PUT}{"step":`);
    expect(text).toMatch(/^HTTP\/1\.1 408 [\s\S]*REQUEST_TIMEOUT/);
    expect(service.segment!.records.has('slow')).toBe(false);
    expect((await ask(port, '/tags')).status).toBe(200);
  });

  it('that ends in time is served, though it sends a character at a time', async () => {
    const { port, service } = await opened({});
    const socket = await open(port, '');
    const text = readAll(socket);
    await drip(socket, `${PUT.replace('Host', 'Connection: close\r\nHost')}{"step": 10  }`);
    expect(await text).toMatch(/^HTTP\/1\.1 201 /);
    expect(service.segment!.records.get('slow')!.stepIds).toBe(10);
  });

  it('of an answer holds up nobody else, and is cut off when it stands still', async () => {
    const { port, server, service } = await opened({ stallTimeoutMs: 1000, maxCountIds: 1_000_000 });
    const source = service.snowflake!.source();
    source.upcoming = 10n ** 18n;
    const readers = await Promise.all(
      Array.from({ length: 20 }, () => open(port, 'GET /id/snowflake?count=1000000 HTTP/1.1\r\nHost: a\r\n\r\n')),
    );
    for (const reader of readers) reader.pause();
    await until(() => source.upcoming === 10n ** 18n + 20_000_000n);
    for (let i = 0; i < 50; i++) expect((await ask(port, '/id/snowflake')).status).toBe(200);
    await until(() =>
      server.counters
        .meter('snowflake')
        .statuses()
        .some(([status, n]) => status === 499 && n === 20),
    );
    expect(server.counters.batchBytes).toBe(0);
    for (const reader of readers) reader.destroy();
  });
});

describe('a batch', () => {
  const request = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
  // More than kernels take for a reader that takes nothing.
  const stream = request('/id/snowflake?count=500000');
  const wholes = request('/id/snowflake?count=10000').repeat(50);
  const ALL_BYTES = 500_000 * 20;
  /** What is taken at a time. */
  const SIP_BYTES = 64 * 1024;

  /** Reads a little each 5 ms, to the end of the connection or of `bytes`; resolves with how much came. */
  async function sip(socket: Socket, bytes = Number.POSITIVE_INFINITY): Promise<number> {
    socket.on('error', () => {});
    socket.pause();
    let taken = 0;
    while (taken < bytes && !socket.closed) {
      taken += (socket.read(Math.min(socket.readableLength, SIP_BYTES)) as Buffer | null)?.length ?? 0;
      await setTimeout(5);
    }
    return taken;
  }

  async function greatIds(settings: Partial<HttpSettings>): Promise<Front> {
    await opened({ maxCountIds: 1_000_000, readerGraceMs: 100, ...settings });
    front.service.snowflake!.source().upcoming = 10n ** 18n;
    return front;
  }

  it.each([
    ['streamed', stream],
    ['answered whole', wholes],
  ])('%s, that goes on being taken too slowly, is cut off and gives its share back', async (_form, requests) => {
    const { port, server } = await greatIds({ readerMinBytesPerS: 2 ** 30 });
    const socket = await open(port, requests);
    const taken = sip(socket);
    await until(() => server.counters.readersCut === 1);
    await taken;
    expect(server.counters.batchBytes).toBe(0);
    expect((await ask(port, '/id/snowflake?count=2')).status).toBe(200);
  });

  it('that is taken slowly, but not too slowly, is given whole', async () => {
    const { port, server } = await greatIds({ readerMinBytesPerS: 1024 });
    const socket = await open(port, stream);
    expect(await sip(socket, ALL_BYTES)).toBeGreaterThanOrEqual(ALL_BYTES);
    expect(server.counters.readersCut).toBe(0);
    socket.destroy();
  });
});

describe('200 slow clients at once', () => {
  it('leave everybody else served, and are gone after their time', async () => {
    const { port, server } = await opened({ maxConnections: 1000, headersTimeoutMs: 500 });
    const descriptors = () => readdirSync('/proc/self/fd').length;
    const before = descriptors();
    const lorises = await Promise.all(
      Array.from({ length: 200 }, (_, i) => open(port, 'GET /id/snow'.slice(0, i % 12))),
    );
    const ends = lorises.map(readAll);
    for (let i = 0; i < 200; i++) expect((await ask(port, '/id/snowflake')).status).toBe(200);
    const texts = await Promise.all(ends);
    for (const text of texts) expect(text).toMatch(/^HTTP\/1\.1 408 /);
    expect(server.counters.unreadable.get(408)).toBe(200);
    await until(() => descriptors() <= before);
  });
});

describe('a client that pipelines', () => {
  const one = 'GET /id/snowflake HTTP/1.1\r\nHost: a\r\n\r\n';
  const last = 'GET /id/snowflake HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

  it(`has ${PIPELINED_MAX} requests answered at once, as often as it likes`, async () => {
    const { port, server } = await opened({});
    const socket = await open(port, '');
    let text = '';
    socket.on('data', chunk => {
      text += chunk;
    });
    const answers = () => text.split('HTTP/1.1 200 OK').length - 1;
    for (let round = 1; round <= 3; round++) {
      socket.write(one.repeat(PIPELINED_MAX));
      await until(() => answers() === round * PIPELINED_MAX);
    }
    const end = new Promise(resolve => socket.once('close', resolve));
    socket.write(last);
    await end;
    expect(answers()).toBe(3 * PIPELINED_MAX + 1);
    expect(server.counters.pipelinesCut).toBe(0);
  });

  it('more is cut off before it has cost a turn of everybody', async () => {
    const { port, server, service } = await opened({});
    const socket = await open(port, one.repeat(1500));
    const closed = readAll(socket);
    await closed;
    expect(server.counters.pipelinesCut).toBe(1);
    expect(service.snowflake!.source().taken).toBeLessThanOrEqual(BigInt(PIPELINED_MAX));
    expect((await ask(port, '/id/snowflake')).status).toBe(200);
  });
});
