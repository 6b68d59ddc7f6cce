import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type CertificateFiles, Certificates } from '../../src/service/certificates.ts';
import { systemClock } from '../../src/system/clock.ts';
import { type CertificateAndKey, TestAuthority } from '../support/certificates.ts';
import { VirtualSystem } from '../support/virtual-system.ts';

let directory: string;
let authority: TestAuthority;
let good: CertificateAndKey;
let other: CertificateAndKey;
let expired: CertificateAndKey;
const { logger, logs } = new VirtualSystem();
const system = { clock: systemClock, logger };

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'frond-certificates-'));
  authority = new TestAuthority(directory, 'authority');
  [good, other, expired] = [authority.issue(30), authority.issue(1), authority.issue(-1)];
  writeFileSync(join(directory, 'garbage'), 'no PEM');
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));
beforeEach(() => {
  logs.length = 0;
});

function files(changed: Partial<CertificateFiles> = {}): CertificateFiles {
  return { tlsCertFile: good.certFile, tlsKeyFile: good.keyFile, tlsClientCaFile: '', ...changed };
}

describe('certificates that cannot be used', () => {
  it.each<[string, () => Partial<CertificateFiles>, string]>([
    ['a missing file', () => ({ tlsCertFile: '/none.pem' }), 'FROND_TLS_CERT_FILE: /none.pem cannot be read: ENOENT'],
    ['a file that is no certificate', () => ({ tlsCertFile: join(directory, 'garbage') }), 'holds no PEM certificate'],
    ['a missing key', () => ({ tlsKeyFile: '/none.key' }), 'FROND_TLS_KEY_FILE: /none.key cannot be read: ENOENT'],
    ['a file that is no key', () => ({ tlsKeyFile: join(directory, 'garbage') }), 'garbage holds no private key'],
    ['the key of another certificate', () => ({ tlsKeyFile: other.keyFile }), 'is not the key of the certificate in'],
    [
      'authorities that are none',
      () => ({ tlsClientCaFile: join(directory, 'garbage') }),
      'FROND_TLS_CLIENT_CA_FILE: ',
    ],
  ])('are refused with the file and the reason: %s', async (_what, changed, text) => {
    await expect(Certificates.open(files(changed()), system)).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringContaining(text),
    });
  });

  it('are used all the same when they have expired, with an error in the log', async () => {
    const changed = { tlsCertFile: expired.certFile, tlsKeyFile: expired.keyFile };
    await Certificates.open(files(changed), system);
    expect(logs).toMatchObject([{ level: 'error', message: 'a certificate in use has expired' }]);
  });
});

describe('certificates in use', () => {
  it('are none where no file is named', async () => {
    expect(await Certificates.open(files({ tlsCertFile: '' }), system)).toBeUndefined();
  });

  it('tell when they end, and warn of it a week before', async () => {
    const long = await Certificates.open(files(), system);
    const inDays = (seconds: number) => Math.round((seconds * 1000 - systemClock.wallMs()) / 86_400_000);
    expect(long!.notAfterSeconds().map(([name, seconds]) => [name, inDays(seconds)])).toEqual([['server', 30]]);
    expect(logs).toEqual([]);
    const ca = await Certificates.open(files({ tlsClientCaFile: authority.certFile }), system);
    expect(ca!.notAfterSeconds().map(([name, seconds]) => [name, inDays(seconds)])).toEqual([
      ['server', 30],
      ['client_ca', 2],
    ]);
    expect(logs).toMatchObject([{ level: 'warn', fields: { certificate: 'client_ca' } }]);
  });

  it('stay when those that replace them are no pair, and go when they are', async () => {
    const paths = { tlsCertFile: join(directory, 'live.pem'), tlsKeyFile: join(directory, 'live.key') };
    copyFileSync(good.certFile, paths.tlsCertFile);
    copyFileSync(good.keyFile, paths.tlsKeyFile);
    const certificates = (await Certificates.open(files(paths), system))!;
    const used: string[] = [];
    certificates.onChange = ({ cert }) => used.push(cert);
    copyFileSync(other.certFile, paths.tlsCertFile);
    await expect(certificates.reload()).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
    expect([used, certificates.identity.cert]).toEqual([[], good.cert]);
    copyFileSync(other.keyFile, paths.tlsKeyFile);
    await certificates.reload();
    expect([used, certificates.identity.cert]).toEqual([[other.cert], other.cert]);
  });
});
