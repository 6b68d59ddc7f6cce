import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installDebianPackages, whyNotInstallable } from './servers/debian-package.ts';

export interface CertificateAndKey {
  readonly certFile: string;
  readonly keyFile: string;
  /** PEM texts. */
  readonly cert: string;
  readonly key: string;
}

let found = false;

function openssl(...args: string[]): void {
  if (!found && spawnSync('openssl', ['version']).status !== 0) {
    const reason = whyNotInstallable();
    if (reason !== undefined) throw new Error(`openssl is missing, and ${reason}`);
    installDebianPackages(['openssl']);
  }
  found = true;
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** An authority with its files in a directory; what it issues lies there, too. */
export class TestAuthority {
  readonly certFile: string;
  /** PEM. */
  readonly cert: string;
  readonly #directory: string;
  readonly #name: string;
  #issued = 0;

  constructor(directory: string, name: string) {
    this.#directory = directory;
    this.#name = name;
    this.certFile = this.#path('ca.pem');
    const files = ['-keyout', this.#path('ca.key'), '-out', this.certFile];
    openssl('req', '-x509', ...NEW_KEY, ...files, '-subj', `/CN=${name}`, '-days', '2');
    this.cert = readFileSync(this.certFile, 'utf8');
  }

  /** A certificate for 127.0.0.1. @param days until it ends; negative for one that has expired */
  issue(days = 1): CertificateAndKey {
    const base = `${++this.#issued}`;
    const [certFile, keyFile, request] = [`${base}.pem`, `${base}.key`, `${base}.csr`].map(each =>
      this.#path(each),
    ) as [string, string, string];
    const extensions = this.#path('extensions');
    writeFileSync(extensions, 'subjectAltName=IP:127.0.0.1\n');
    openssl('req', ...NEW_KEY, '-keyout', keyFile, '-out', request, '-subj', `/CN=${this.#name} ${base}`);
    const by = ['-CA', this.certFile, '-CAkey', this.#path('ca.key'), '-set_serial', base];
    openssl('x509', '-req', '-in', request, ...by, '-days', String(days), '-extfile', extensions, '-out', certFile);
    return { certFile, keyFile, cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
  }

  #path(name: string): string {
    return join(this.#directory, `${this.#name}-${name}`);
  }
}
