import { FrondError } from '../../errors.ts';

/** Where an ensemble is, which tree in it is ours, and who we are there. */
export interface ZookeeperAddress {
  /** `host:port` each. */
  readonly servers: readonly string[];
  /** The name of the tree: it is at /snowflake/{tree}. */
  readonly tree: string;
  /** `user:password` of the digest scheme; undefined for nobody in particular. */
  readonly credentials: string | undefined;
  /** `zookeeper://h1:2181,h2:2181/tree`, for logs and errors: neither user nor password. */
  readonly name: string;
}

const DEFAULT_PORT = 2181;
const DEFAULT_TREE = 'frond';
const FORM = 'zookeeper://user:password@host1:2181,host2:2181/tree';

/**
 * Reads `zookeeper://[user:password@]host[:port][,host[:port]…][/tree]`. User and password are percent-decoded. No text
 * of the URL that could be a part of a password ever gets into an error.
 * @param setting the name of the setting for the error text
 * @throws FrondError INVALID_CONFIG
 */
export function parseZookeeperUrl(url: string, setting = 'FROND_WORKER_SLOTS'): ZookeeperAddress {
  const refuse = (problem: string) => new FrondError('INVALID_CONFIG', { setting, problem });
  const match = /^zookeeper:\/\/(?:([^/]*)@)?([^/@]*)(?:\/(.*))?$/s.exec(url);
  if (match === null) {
    throw refuse(`is not of the form ${FORM}; special characters of a password must be percent-encoded`);
  }
  const [, user, hosts = '', path = ''] = match;
  if (hosts.includes('[') || hosts.split(',').some(host => host.split(':').length > 2)) {
    throw refuse('names an IPv6 address, which the ZooKeeper driver cannot read; give a host name that leads to it');
  }
  const servers = hosts.split(',').map(host => serverOf(host, refuse));
  const tree = path === '' ? DEFAULT_TREE : path;
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(tree)) {
    throw refuse(`needs one name of 1 to 100 letters, digits, ".", "_" or "-" after the hosts (expected ${FORM})`);
  }
  const credentials = user === undefined ? undefined : credentialsOf(user, refuse);
  return { servers, tree, credentials, name: `zookeeper://${servers.join(',')}/${tree}` };
}

function serverOf(text: string, refuse: (problem: string) => FrondError): string {
  const [host = '', port = String(DEFAULT_PORT)] = text.split(':');
  if (!/^[A-Za-z0-9_]([A-Za-z0-9._-]{0,253})$/.test(host)) {
    throw refuse(`names a host that is none (expected ${FORM})`);
  }
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) {
    throw refuse('names a port that is not from 1 to 65535');
  }
  return `${host}:${Number(port)}`;
}

function credentialsOf(text: string, refuse: (problem: string) => FrondError): string {
  const [user, password, ...more] = text.split(':');
  if (!user || !password || more.length > 0) throw refuse(`needs user:password before the "@" (expected ${FORM})`);
  try {
    return `${decodeURIComponent(user)}:${decodeURIComponent(password)}`;
  } catch {
    throw refuse('the user or password is not valid percent-encoding ("%" itself is written %25)');
  }
}
