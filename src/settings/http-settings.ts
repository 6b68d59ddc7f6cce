import { integer, secret, text } from './setting.ts';

/** The HTTP front: where it listens, and its limits. */
export const HTTP_SETTINGS = {
  host: text({
    default: '127.0.0.1',
    pattern: /^[A-Za-z0-9.:_-]{1,255}$/,
    expected: 'an address or host name to listen on',
    doc: 'Address to listen on. 0.0.0.0 or :: for every interface.',
  }),
  port: integer({ default: 8080, min: 0, max: 65_535, doc: 'TCP port to listen on; 0 takes a free one.' }),
  adminToken: secret({
    pattern: /^[\x21-\x7e]{16,512}$/,
    expected: '16 to 512 printable ASCII characters without spaces',
    doc: 'Bearer token with every scope. Without any token the admin routes answer only to direct loopback callers.',
  }),
  tokensFile: text({
    default: '',
    pattern: /^[^\0]{0,4000}$/,
    expected: 'a path',
    doc: 'JSON file of bearer tokens, by their SHA-256, with scopes; see docs/security.md. With one, IDs, /status and /metrics need a token too. Read anew at SIGHUP and when it changes.',
  }),
  maxCountIds: integer({
    default: 100_000,
    min: 1,
    max: 1_000_000,
    unit: 'IDs',
    doc: 'The largest `count` of one request for IDs.',
  }),
  maxRangeIds: integer({
    default: 10_000_000,
    min: 1,
    max: 1_000_000_000,
    unit: 'IDs',
    doc: 'The largest `count` of one request for ranges.',
  }),
  headersTimeoutMs: integer({
    default: 5000,
    min: 100,
    max: 120_000,
    unit: 'ms',
    doc: 'A client must send its request headers within this time.',
  }),
  requestTimeoutMs: integer({
    default: 10_000,
    min: 100,
    max: 600_000,
    unit: 'ms',
    doc: 'A client must send its whole request within this time.',
  }),
  keepAliveTimeoutMs: integer({
    default: 65_000,
    min: 1,
    max: 3_600_000,
    unit: 'ms',
    doc: "An idle connection is closed after this time; keep it above the load balancer's.",
  }),
  maxHeaderBytes: integer({
    default: 8192,
    min: 1024,
    max: 65_536,
    unit: 'bytes',
    doc: 'The largest request head that is accepted.',
  }),
  maxConnections: integer({
    default: 10_000,
    min: 1,
    max: 1_000_000,
    doc: 'Connections that may be open at one time.',
  }),
  drainMs: integer({
    default: 1500,
    min: 0,
    max: 120_000,
    unit: 'ms',
    doc: 'After SIGTERM the instance says that it is not ready, and goes on answering for this long.',
  }),
  stopTimeoutMs: integer({
    default: 10_000,
    min: 100,
    max: 600_000,
    unit: 'ms',
    doc: 'After the drain, open connections are cut off at this time.',
  }),
} as const;
