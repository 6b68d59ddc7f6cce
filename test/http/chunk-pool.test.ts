import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { request as requestTls } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ChunkPool } from '../../src/http/chunk-pool.ts';
import { TestAuthority } from '../support/certificates.ts';
import { openFront } from './fakes.ts';

describe('ChunkPool', () => {
  it('hands out what came back last, and never the same twice', () => {
    const pool = new ChunkPool();
    const [a, b] = [pool.take(5000), pool.take(5000)];
    expect(a.length).toBeGreaterThanOrEqual(5000);
    expect(a.buffer).not.toBe(b.buffer);
    pool.give(a.subarray(0, 10));
    pool.give(b.subarray(0, 10));
    expect(pool.take(8192).buffer).toBe(b.buffer);
    const again = pool.take(4097);
    expect([again.buffer, again.length]).toEqual([a.buffer, 8192]);
    expect([a.buffer, b.buffer]).not.toContain(pool.take(5000).buffer);
  });

  it('keeps sizes apart, and no more than 4 MiB', () => {
    const pool = new ChunkPool();
    const small = pool.take(1);
    pool.give(small);
    expect(pool.take(100_000).length).toBe(131_072);
    expect(pool.take(1).buffer).toBe(small.buffer);
    const many = Array.from({ length: 17 }, () => pool.take(2 ** 18));
    for (const each of many) pool.give(each);
    const kept = many.map(() => pool.take(2 ** 18)).filter(({ buffer }) => many.some(each => each.buffer === buffer));
    expect(kept).toHaveLength(16);
  });
});

/** The lines of an answer that is read a piece at a time, with a pause after each. */
async function slowLines(ask: typeof requestTls, port: number, count: number, pauseMs: number): Promise<string[]> {
  const path = `/id/segment/order?count=${count}`;
  const stream = await new Promise<AsyncIterable<Buffer>>((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, agent: false, rejectUnauthorized: false };
    ask(options, resolve).on('error', reject).end();
  });
  const chunks: Buffer[] = [];
  for await (const chunk of stream) {
    chunks.push(chunk);
    await setTimeout(pauseMs);
  }
  return Buffer.concat(chunks).toString('latin1').trimEnd().split('\n');
}

describe.each(['plain', 'TLS'])('answers over %s connections', form => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'frond-chunks-'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it('of slow and fast readers are kept apart, though their memory is used again', async () => {
    const identity =
      form === 'TLS' ? { ...new TestAuthority(directory, 'ca').issue(), clientCa: undefined } : undefined;
    const { port, server, service } = await openFront({
      settings: { maxCountIds: 1_000_000 },
      ...(identity && { tls: identity }),
    });
    const ask = form === 'TLS' ? requestTls : (request as typeof requestTls);
    service.segment!.source('order').upcoming = 10n ** 18n;
    // More than the kernel takes for a reader that is behind, so that writes are left over and end later.
    const slow = Array.from({ length: 5 }, (_, i) => slowLines(ask, port, 400_000, i));
    const fast = Array.from({ length: 4 }, async () => {
      const lines: string[] = [];
      for (let i = 0; i < 50; i++) lines.push(...(await slowLines(ask, port, 1 + i * 200, 0)));
      return lines;
    });
    const ids = BigUint64Array.from((await Promise.all([...slow, ...fast])).flat(), BigInt).sort();
    // Neighbours and nothing else: none is missing, and none is there twice.
    expect(ids.every((id, i) => id === 10n ** 18n + BigInt(i))).toBe(true);
    expect(ids).toHaveLength(5 * 400_000 + 4 * (50 + 200 * ((49 * 50) / 2)));
    await server.close();
  });
});
