/** The certificates of the listener: read from their files, checked, and read anew when these are replaced. */

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import type { Config } from '../config.ts';
import { FrondError, reasonOf } from '../errors.ts';
import { secureContextOf, type TlsIdentity } from '../http/tls.ts';
import type { System } from '../system/system.ts';
import type { Reloadable } from './reload.ts';

export type CertificateFiles = Pick<Config, 'tlsCertFile' | 'tlsKeyFile' | 'tlsClientCaFile'>;

/** How long before its end a certificate is worth a warning at each reading; ms. */
const SOON_MS = 7 * 24 * 3_600_000;

const PEM_CERTIFICATE = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----[\s\S]+?-----END (?:TRUSTED )?CERTIFICATE-----/g;

interface Loaded {
  readonly identity: TlsIdentity;
  /** Unix ms. */
  readonly serverEndsMs: number;
  readonly clientCaEndsMs: number | undefined;
}

function refusal(setting: string, path: string, problem: string, cause?: unknown): FrondError {
  return new FrondError('INVALID_CONFIG', { setting, problem: `${path} ${problem}` }, { cause });
}

async function read(setting: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw refusal(setting, path, `cannot be read: ${reasonOf(error)}`, error);
  }
}

function certificatesIn(setting: string, path: string, pem: string): readonly X509Certificate[] {
  const blocks = pem.match(PEM_CERTIFICATE);
  if (blocks === null) throw refusal(setting, path, 'holds no PEM certificate');
  return blocks.map(block => {
    try {
      return new X509Certificate(block);
    } catch (error) {
      throw refusal(setting, path, `holds a certificate that cannot be read: ${reasonOf(error)}`, error);
    }
  });
}

function assertKeyOf(files: CertificateFiles, certificate: X509Certificate, key: string): void {
  const path = files.tlsKeyFile;
  let belongs: boolean;
  try {
    belongs = certificate.checkPrivateKey(createPrivateKey(key));
  } catch (error) {
    const problem = /ENCRYPTED/.test(key) ? 'is encrypted' : `holds no private key: ${reasonOf(error)}`;
    throw refusal('FROND_TLS_KEY_FILE', path, problem, error);
  }
  if (!belongs) throw refusal('FROND_TLS_KEY_FILE', path, `is not the key of the certificate in ${files.tlsCertFile}`);
}

const earliestMs = (certificates: readonly X509Certificate[]) =>
  Math.min(...certificates.map(each => each.validToDate.getTime()));

async function load(files: CertificateFiles): Promise<Loaded> {
  const { tlsCertFile, tlsKeyFile, tlsClientCaFile } = files;
  const cert = await read('FROND_TLS_CERT_FILE', tlsCertFile);
  const key = await read('FROND_TLS_KEY_FILE', tlsKeyFile);
  const clientCa = tlsClientCaFile === '' ? undefined : await read('FROND_TLS_CLIENT_CA_FILE', tlsClientCaFile);
  const chain = certificatesIn('FROND_TLS_CERT_FILE', tlsCertFile, cert);
  const authorities = clientCa && certificatesIn('FROND_TLS_CLIENT_CA_FILE', tlsClientCaFile, clientCa);
  assertKeyOf(files, chain[0]!, key);
  const identity = { cert, key, clientCa };
  try {
    createSecureContext(secureContextOf(identity));
  } catch (error) {
    throw refusal('FROND_TLS_CERT_FILE', tlsCertFile, `cannot be used: ${reasonOf(error)}`, error);
  }
  return {
    identity,
    serverEndsMs: earliestMs(chain),
    clientCaEndsMs: authorities ? earliestMs(authorities) : undefined,
  };
}

export class Certificates implements Reloadable {
  readonly what = 'certificates';
  readonly paths: readonly string[];
  readonly #files: CertificateFiles;
  readonly #system: Pick<System, 'clock' | 'logger'>;
  #loaded: Loaded;
  /** Takes an identity into use; a throw keeps the old one. */
  onChange: (identity: TlsIdentity) => void = () => {};

  private constructor(files: CertificateFiles, system: Pick<System, 'clock' | 'logger'>, loaded: Loaded) {
    this.#files = files;
    this.#system = system;
    this.#loaded = loaded;
    this.paths = [files.tlsCertFile, files.tlsKeyFile, files.tlsClientCaFile].filter(path => path !== '');
    this.#warnOfEnd();
  }

  /**
   * Undefined where the settings name none.
   * @throws FrondError INVALID_CONFIG naming the file and what is wrong with it
   */
  static async open(
    files: CertificateFiles,
    system: Pick<System, 'clock' | 'logger'>,
  ): Promise<Certificates | undefined> {
    return files.tlsCertFile === '' ? undefined : new Certificates(files, system, await load(files));
  }

  get identity(): TlsIdentity {
    return this.#loaded.identity;
  }

  /** When the first certificate of each file ends; Unix seconds. */
  notAfterSeconds(): readonly (readonly [certificate: string, seconds: number])[] {
    const { serverEndsMs, clientCaEndsMs } = this.#loaded;
    const server = ['server', serverEndsMs / 1000] as const;
    return clientCaEndsMs === undefined ? [server] : [server, ['client_ca', clientCaEndsMs / 1000]];
  }

  async reload(): Promise<void> {
    const loaded = await load(this.#files);
    this.onChange(loaded.identity);
    this.#loaded = loaded;
    this.#warnOfEnd();
  }

  /** An expired one is used all the same: clients that check will refuse it, and the clock may be what is wrong. */
  #warnOfEnd(): void {
    const { clock, logger } = this.#system;
    for (const [certificate, seconds] of this.notAfterSeconds()) {
      const leftMs = seconds * 1000 - clock.wallMs();
      const notAfter = new Date(seconds * 1000).toISOString();
      if (leftMs < 0) logger.error({ certificate, notAfter }, 'a certificate in use has expired');
      else if (leftMs < SOON_MS) logger.warn({ certificate, notAfter }, 'a certificate in use expires soon');
    }
  }
}
