import { readFileSync } from 'node:fs';
import { FrondError, reasonOf } from '../../errors.ts';

/** Where a MySQL database is and who we are there. */
export interface MysqlAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /**
   * TLS with the server's certificate and host name verified; undefined for plain TCP. `ca` is PEM text. Give a host
   * name: for a bare IP address the driver checks the certificate against `localhost`.
   */
  readonly tls: { readonly ca?: string } | undefined;
  /** `mysql://host:port/database`, for logs and errors: neither user nor password. */
  readonly name: string;
}

const DEFAULT_PORT = 3306;
const FORM = 'mysql://user:password@host:3306/database';

/**
 * Reads `mysql://user:password@host[:port]/database[?ssl=required[&ssl-ca=/path/ca.pem]]`. User, password and database
 * are percent-decoded. No text of the URL that could be a part of a password ever gets into an error.
 * @param setting the name of the setting for the error text
 * @throws FrondError INVALID_CONFIG
 */
export function parseMysqlUrl(url: string, setting = 'FROND_SEGMENT_STORE'): MysqlAddress {
  const parsed = URL.parse(url);
  if (parsed === null || parsed.protocol !== 'mysql:' || parsed.hash !== '') {
    throw invalid(setting, `is not of the form ${FORM}; special characters of a password must be percent-encoded`);
  }
  const host = parsed.hostname.replace(/^\[(.*)\]$/, '$1');
  const database = decoded(setting, 'database name', parsed.pathname.slice(1));
  if (host === '') throw invalid(setting, `names no host (expected ${FORM})`);
  if (parsed.port === '0') throw invalid(setting, 'names port 0; expected 1 to 65535');
  if (parsed.username === '') throw invalid(setting, `names no user (expected ${FORM})`);
  // A "," or ":" is a second address whose separator was mistyped, and its password would show as a name.
  if (!/^[^/,:]{1,64}$/.test(database)) {
    throw invalid(setting, `needs one database name of 1 to 64 characters after the host (expected ${FORM})`);
  }
  const port = parsed.port === '' ? DEFAULT_PORT : Number(parsed.port);
  return {
    host,
    port,
    user: decoded(setting, 'user', parsed.username),
    password: decoded(setting, 'password', parsed.password),
    database,
    tls: readTls(setting, parsed.searchParams),
    name: `mysql://${parsed.hostname}:${port}/${database}`,
  };
}

function readTls(setting: string, params: URLSearchParams): MysqlAddress['tls'] {
  for (const name of params.keys()) {
    if (name !== 'ssl' && name !== 'ssl-ca') {
      throw invalid(setting, 'has an unknown parameter after "?"; known are ssl=required and ssl-ca=/path/ca.pem');
    }
    if (params.getAll(name).length > 1) throw invalid(setting, `names ${name} twice`);
  }
  const mode = params.get('ssl');
  const path = params.get('ssl-ca');
  if (mode === null && path === null) return undefined;
  if (mode !== 'required') throw invalid(setting, 'has ssl parameters, but the only mode is ssl=required');
  if (path === null) return {};
  try {
    return { ca: readFileSync(path, 'utf8') };
  } catch (error) {
    throw invalid(setting, `ssl-ca cannot be read: ${reasonOf(error)}`);
  }
}

function decoded(setting: string, part: string, text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid(setting, `the ${part} is not valid percent-encoding ("%" itself is written %25)`);
  }
}

function invalid(setting: string, problem: string): FrondError {
  return new FrondError('INVALID_CONFIG', { setting, problem });
}
