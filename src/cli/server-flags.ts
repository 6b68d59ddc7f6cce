import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { Environment } from '../config.ts';
import { reasonOf } from '../errors.ts';
import { CliError } from './cli-error.ts';
import { EXIT } from './exit-code.ts';
import { ownAddress } from './own-address.ts';

/** Which server a command asks, and how. */
export interface ServerTarget {
  readonly url: URL;
  readonly token: string | undefined;
  readonly timeoutMs: number;
  readonly tls: {
    readonly ca?: Buffer;
    readonly cert?: Buffer;
    readonly key?: Buffer;
    readonly rejectUnauthorized?: boolean;
    readonly allowPartialTrustChain?: boolean;
    readonly checkServerIdentity?: () => undefined;
  };
}

export interface ServerFlags {
  readonly url?: string;
  readonly tokenFile?: string;
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly insecure?: boolean;
  readonly timeoutMs?: string;
}

const TIMEOUT_MS = 5000;
const TIMEOUT_MAX_MS = 600_000;

/** A token is never a flag: other users of a host see command lines. */
export function withServerFlags(command: Command): Command {
  return command
    .optionsGroup('Server:')
    .option('--url <URL>', 'the server to ask [FROND_URL; default: where FROND_HOST and FROND_PORT say]')
    .option('--token-file <path>', 'a file with the bearer token [or the token itself in FROND_TOKEN]')
    .option('--ca-file <path>', 'certificates of the authorities to trust, PEM')
    .option('--cert-file <path>', 'our certificate for a server that asks for one, PEM')
    .option('--key-file <path>', 'the key of our certificate, PEM')
    .option('--insecure', 'trust any certificate')
    .option('--timeout-ms <ms>', `how long to wait for an answer [default: ${TIMEOUT_MS}]`);
}

/** @throws CliError for a flag that cannot be used */
export function serverTarget(env: Environment, flags: ServerFlags): ServerTarget {
  const named = flags.url ?? (env['FROND_URL'] || undefined);
  const url = readUrl(named ?? ownAddress(env));
  // The token of our own instance goes to no other one.
  const ownToken = named === undefined ? env['FROND_ADMIN_TOKEN'] : undefined;
  const file = flags.tokenFile;
  const token = file === undefined ? env['FROND_TOKEN'] || ownToken || undefined : readFile(file).toString().trim();
  const isOwn = named === undefined && flags.caFile === undefined;
  const tls = { ...(isOwn ? ownCertificate(env) : {}), ...tlsOf(flags) };
  return { url, token, tls, timeoutMs: timeoutOf(flags.timeoutMs) };
}

function readUrl(text: string): URL {
  const url = URL.parse(text.includes('://') ? text : `http://${text}`);
  if (url !== null && /^https?:$/.test(url.protocol) && url.hostname !== '' && url.username === '') return url;
  throw new CliError(
    `${JSON.stringify(text.replace(/\/\/.*@/, '//…@'))} is no address of a server; expected http://host:8080 or https://host`,
    EXIT.usage,
  );
}

function timeoutOf(text: string | undefined): number {
  const value = text === undefined ? TIMEOUT_MS : /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= TIMEOUT_MAX_MS) return value;
  throw new CliError(`--timeout-ms is "${text}"; expected a whole number from 1 to ${TIMEOUT_MAX_MS}`, EXIT.usage);
}

function tlsOf({ caFile, certFile, keyFile, insecure }: ServerFlags): ServerTarget['tls'] {
  return {
    ...(caFile === undefined ? {} : { ca: readFile(caFile) }),
    ...(certFile === undefined ? {} : { cert: readFile(certFile) }),
    ...(keyFile === undefined ? {} : { key: readFile(keyFile) }),
    ...(insecure === true ? { rejectUnauthorized: false } : {}),
  };
}

/**
 * Our own instance, asked over the loopback, is known by its certificate and not by the name in it. Where it asks for
 * certificates it takes its own, if that is good for a client too.
 */
function ownCertificate(env: Environment): ServerTarget['tls'] {
  const { FROND_TLS_CERT_FILE: certFile, FROND_TLS_KEY_FILE: keyFile, FROND_TLS_CLIENT_CA_FILE: clientCaFile } = env;
  if (!certFile) return {};
  const known = { ca: readFile(certFile), allowPartialTrustChain: true, checkServerIdentity: () => undefined };
  return clientCaFile && keyFile ? { ...known, cert: readFile(certFile), key: readFile(keyFile) } : known;
}

function readFile(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new CliError(`${path} cannot be read: ${reasonOf(error)}`, EXIT.usage, error);
  }
}
