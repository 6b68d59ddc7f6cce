import { copyFileSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type CertificateAndKey, TestAuthority } from '../support/certificates.ts';
import { runCli } from '../support/cli.ts';
import { Family } from '../support/family.ts';
import { IdClients } from '../support/id-clients.ts';
import { waitUntil } from '../support/wait-until.ts';

let directory: string;
let authority: TestAuthority;
let certFile: string;
let keyFile: string;
let service: Family | undefined;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'frond-tls-'));
  authority = new TestAuthority(directory, 'authority');
  [certFile, keyFile] = [join(directory, 'live.pem'), join(directory, 'live.key')];
});
afterEach(() => service?.remove());
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function put(pair: CertificateAndKey): void {
  for (const [from, to] of [
    [pair.certFile, certFile],
    [pair.keyFile, keyFile],
  ] as const) {
    copyFileSync(from, `${to}.new`);
    renameSync(`${to}.new`, to);
  }
}

/** The serial number that a new connection is shown. */
function serialAt(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port), ca: authority.cert }, () => {
      resolve(socket.getPeerX509Certificate()!.serialNumber);
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

describe('the service behind TLS', { timeout: 120_000 }, () => {
  it('takes a renewed certificate at SIGHUP in all its processes without a failed request', async () => {
    const [first, second] = [authority.issue(), authority.issue()];
    put(first);
    service = new Family(2, {
      ca: authority.cert,
      env: { FROND_TLS_CERT_FILE: certFile, FROND_TLS_KEY_FILE: keyFile },
    });
    await service.start();
    const { url } = service;
    expect(url).toMatch(/^https:/);
    await service.allReady();
    const clients = new IdClients(service, ['/id/snowflake', '/id/uuid']);
    await waitUntil('IDs', () => clients.of('/id/snowflake').ids.length > 50);
    const old = await serialAt(url);
    put(second);
    service.signal('SIGHUP');
    const read = () => service!.log.filter(line => line.msg === 'certificates read anew').length;
    await waitUntil('both processes to read it', () => read() === 2);
    for (let i = 0; i < 10; i++) expect(await serialAt(url)).not.toBe(old);
    const more = clients.of('/id/snowflake').ids.length + 50;
    await waitUntil('more IDs', () => clients.of('/id/snowflake').ids.length > more);
    await clients.stop();
    for (const [, { broken, refusals }] of clients.harvests) {
      expect(broken).toBe(0);
      // The one refusal that a machine may cause which is too busy to renew the lead of the snowflakes.
      expect([...refusals.keys()].filter(kind => kind !== '503 LIMIT_REACHED')).toEqual([]);
    }
    const ends = await service.samples('frond_tls_certificate_not_after_seconds');
    expect([...ends.keys()]).toEqual(['certificate="server"']);
    expect(await service.end('SIGTERM')).toBe(0);
  });

  it('does not start with a key of another certificate', async () => {
    const [first, second] = [authority.issue(), authority.issue()];
    const env = { FROND_TLS_CERT_FILE: first.certFile, FROND_TLS_KEY_FILE: second.keyFile, FROND_DATA_DIR: directory };
    const { code, err } = await runCli(['serve'], env);
    expect(code).toBe(2);
    expect(err).toContain(
      `frond: INVALID_CONFIG: FROND_TLS_KEY_FILE: ${second.keyFile} is not the key of the certificate in ${first.certFile}`,
    );
  });
});
