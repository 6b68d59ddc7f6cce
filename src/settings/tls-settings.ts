import { text } from './setting.ts';

const file = (doc: string) => text({ default: '', pattern: /^[^\0]{0,4000}$/, expected: 'a path of a PEM file', doc });

/** TLS on the listener. The files are read anew at SIGHUP and when they change. */
export const TLS_SETTINGS = {
  tlsCertFile: file(
    'Certificate of the server, then those that lead to its authority. With it Frond speaks HTTPS only.',
  ),
  tlsKeyFile: file('Private key of that certificate, not encrypted.'),
  tlsClientCaFile: file(
    'Authorities of client certificates. With it every client must show a certificate that one of them signed.',
  ),
} as const;
