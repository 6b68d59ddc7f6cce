import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TlsIdentity } from '../../src/http/tls.ts';
import { type CertificateAndKey, TestAuthority } from '../support/certificates.ts';
import { waitUntil } from '../support/wait-until.ts';
import { type Front, openFront } from './fakes.ts';
import { exchange, open, readAll } from './wire.ts';

let directory: string;
let authority: TestAuthority;
let stranger: TestAuthority;
let pairs: Record<'server' | 'renewed' | 'client' | 'expired' | 'foreign', CertificateAndKey>;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'frond-tls-'));
  authority = new TestAuthority(directory, 'authority');
  stranger = new TestAuthority(directory, 'stranger');
  const [server, renewed, client, expired] = [1, 1, 1, -1].map(days => authority.issue(days)) as [
    CertificateAndKey,
    CertificateAndKey,
    CertificateAndKey,
    CertificateAndKey,
  ];
  pairs = { server, renewed, client, expired, foreign: stranger.issue() };
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

let front: Front;
afterEach(() => front.server.close());

async function openTls(changed: Partial<TlsIdentity> = {}, headersTimeoutMs = 5000): Promise<number> {
  const { cert, key } = pairs.server;
  front = await openFront({ tls: { cert, key, clientCa: undefined, ...changed }, settings: { headersTimeoutMs } });
  return front.port;
}

interface TlsAnswer {
  readonly status: number;
  readonly text: string;
  readonly headers: object;
}

/** One request on a connection of its own (or the agent's); undefined when the connection comes to nothing. */
function ask(port: number, options: ConnectionOptions & { agent?: Agent } = {}): Promise<TlsAnswer | undefined> {
  return new Promise(resolve => {
    const agent = options.agent ?? new Agent({ keepAlive: false });
    const where = { host: '127.0.0.1', port, path: '/id/snowflake', ca: authority.cert };
    const sent = request({ ...where, ...options, agent }, res => {
      let text = '';
      res.on('data', chunk => {
        text += chunk;
      });
      res.on('end', () => resolve({ status: res.statusCode!, text, headers: res.headers }));
    });
    sent.on('error', () => resolve(undefined));
    sent.end();
  });
}

function handshake(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, ca: authority.cert, ...options }, () => resolve(socket));
    socket.on('error', reject);
  });
}

const failures = () => Object.fromEntries(front.server.counters.tlsFailures);

describe('TLS on the listener', () => {
  it('answers as without, and does not bind the host name to HTTPS', async () => {
    const port = await openTls();
    const answer = await ask(port);
    expect(answer).toMatchObject({ status: 200, text: expect.stringMatching(/^\d+$/) });
    expect(answer!.headers).not.toHaveProperty('strict-transport-security');
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('speaks %s', async version => {
    const port = await openTls();
    const socket = await handshake(port, { minVersion: version, maxVersion: version });
    expect(socket.getProtocol()).toBe(version);
    socket.destroy();
  });

  it('refuses TLS 1.1', async () => {
    const port = await openTls();
    const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    await expect(handshake(port, old)).rejects.toThrow();
    await waitUntil('the failure to be counted', () => failures()['protocol'] === 1);
  });

  it('is trusted by nobody who does not know its authority, or once it has expired', async () => {
    let port = await openTls();
    expect(await ask(port, { ca: stranger.cert })).toBeUndefined();
    await front.server.close();
    port = await openTls(pairs.expired);
    await expect(handshake(port)).rejects.toMatchObject({ code: 'CERT_HAS_EXPIRED' });
  });

  it('closes a connection that brings plain HTTP', async () => {
    const port = await openTls();
    expect(await exchange(port, 'GET /id/snowflake HTTP/1.1\r\nHost: a\r\n\r\n')).not.toContain('200');
    await waitUntil('the failure to be counted', () => failures()['plain_http'] === 1);
    expect(front.server.counters.unreadable).toEqual(new Map());
    expect(await ask(port)).toMatchObject({ status: 200 });
  });

  it('closes a connection whose handshake does not end in time', async () => {
    const port = await openTls({}, 100);
    expect(await readAll(await open(port, '\x16\x03'))).toBe('');
    await waitUntil('the failure to be counted', () => failures()['timeout'] === 1);
  });

  it('is not kept from stopping by handshakes that never end', async () => {
    const port = await openTls({}, 60_000);
    const silent = await open(port, '\x16\x03');
    const ended = readAll(silent);
    await waitUntil('the connection', async () => (await front.server.openConnections()) === 1);
    await front.server.close();
    expect(await ended).toBe('');
  });
});

describe('client certificates', () => {
  const openMutual = () => openTls({ clientCa: authority.cert });

  it('open the door when the authority signed them', async () => {
    const { cert, key } = pairs.client;
    expect(await ask(await openMutual(), { cert, key })).toMatchObject({ status: 200 });
  });

  it.each(['none', 'expired', 'foreign'] as const)('leave it shut: %s', async which => {
    const port = await openMutual();
    const shown = which === 'none' ? {} : { cert: pairs[which].cert, key: pairs[which].key };
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      expect(await ask(port, { ...shown, maxVersion })).toBeUndefined();
    }
    await waitUntil('the failures to be counted', () => failures()['client_certificate'] === 2);
    expect(front.server.counters.meter('snowflake').latency.count).toBe(0);
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'of an authority that was taken away do not resume a session: %s',
    async version => {
      const port = await openMutual();
      const { cert, key } = pairs.client;
      const socket = await handshake(port, { cert, key, maxVersion: version });
      const session = await sessionOf(socket);
      const resumed = await handshake(port, { cert, key, maxVersion: version, session });
      expect(resumed.isSessionReused()).toBe(true);
      resumed.destroy();
      front.server.takeIdentity({ ...pairs.server, clientCa: stranger.cert });
      expect(await ask(port, { cert, key, maxVersion: version, session } as ConnectionOptions)).toBeUndefined();
      const { foreign } = pairs;
      expect(await ask(port, { cert: foreign.cert, key: foreign.key })).toMatchObject({ status: 200 });
    },
  );
});

/** The ticket of a connection, which ends; TLS 1.3 brings it after the handshake. */
function sessionOf(socket: TLSSocket): Promise<Buffer> {
  return new Promise(resolve => {
    if (socket.getProtocol() === 'TLSv1.2') {
      resolve(socket.getSession()!);
      socket.destroy();
      return;
    }
    socket.once('session', session => {
      resolve(session);
      socket.destroy();
    });
    socket.write('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n');
    socket.resume();
  });
}

describe('a certificate that is replaced under load', () => {
  it('fails no request: old connections go on, new ones get the new one', async () => {
    const port = await openTls();
    const kept = new Agent({ keepAlive: true, maxSockets: 1 });
    let running = true;
    const answers: (TlsAnswer | undefined)[] = [];
    const loop = async (options: { agent?: Agent }) => {
      while (running) answers.push(await ask(port, options));
    };
    const loops = [loop({}), loop({}), loop({ agent: kept })];
    const serial = async () => {
      const socket = await handshake(port);
      const { serialNumber } = socket.getPeerX509Certificate()!;
      socket.destroy();
      return serialNumber;
    };
    const before = await serial();
    for (const pair of [pairs.renewed, pairs.server, pairs.renewed]) {
      const seen = answers.length;
      front.server.takeIdentity({ ...pair, clientCa: undefined });
      await waitUntil('more answers', () => answers.length > seen + 20);
    }
    expect(await serial()).not.toBe(before);
    running = false;
    await Promise.all(loops);
    kept.destroy();
    expect(answers.filter(answer => answer?.status !== 200)).toEqual([]);
  });
});
