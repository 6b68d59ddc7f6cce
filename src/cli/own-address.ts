import type { Environment } from '../config.ts';

/** What Kubernetes puts into FROND_PORT beside a Service that is named frond. */
const PORT = /^\d{1,5}$/;
const EVERY_INTERFACE = /^(0\.0\.0\.0|::|\[::\])?$/;

/**
 * Where the service of this very environment listens: what FROND_HOST and FROND_PORT say, by the defaults of the
 * settings, which are not loaded for this; https where it has a certificate.
 */
export function ownAddress(env: Environment): string {
  const host = env['FROND_HOST'] ?? '127.0.0.1';
  const port = PORT.test(env['FROND_PORT'] ?? '') ? env['FROND_PORT'] : '8080';
  const name = EVERY_INTERFACE.test(host) ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `${env['FROND_TLS_CERT_FILE'] ? 'https' : 'http'}://${name}:${port}`;
}
