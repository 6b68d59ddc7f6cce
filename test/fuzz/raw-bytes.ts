import fc from 'fast-check';

const START = 'GET /id/snowflake HTTP/1.1\r\nHost: a\r\n';
const WHOLE = `${START}\r\n`;
const CHUNKED =
  'PUT /tags/fuzz-0 HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n';

/** Requests at the edge of HTTP and beyond. */
const EDGES = [
  '',
  '\r\n\r\n',
  'GET /id/snowflake',
  'GET /id/snowflake\r\n\r\n',
  'GET /id/snowflake HTTP/1.0\r\n\r\n',
  'GET /id/snowflake HTTP/1.1\r\n\r\n',
  'GET /id/snowflake HTTP/2.0\r\nHost: a\r\n\r\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET http://a.example/id/snowflake HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET //id/snowflake HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET /../id/snowflake HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET /id/snowflake#part HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET ?count=3 HTTP/1.1\r\nHost: a\r\n\r\n',
  `${START}Expect: 100-continue\r\n\r\n`,
  `${START}Expect: a miracle\r\n\r\n`,
  `${START}Upgrade: websocket\r\nConnection: upgrade\r\n\r\n`,
  `${START}Host: b\r\n\r\n`,
  `${START}Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef`,
  `${START}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  `${START}Content-Length: -1\r\n\r\n`,
  `${START}X-Folded: a\r\n b\r\n\r\n`,
  `${START}: nameless\r\n\r\n`,
  `${START}X-Long: ${'x'.repeat(20_000)}\r\n\r\n`,
  `${START}${'X: y\r\n'.repeat(3000)}\r\n`,
  `GET /id/segment/${'a'.repeat(9000)} HTTP/1.1\r\nHost: a\r\n\r\n`,
  `${CHUNKED}A\r\n{"step":7}\r\n0\r\n\r\n`,
  `${CHUNKED}A;${'e'.repeat(20_000)}\r\n{"step":7}\r\n0\r\n\r\n`,
  `${CHUNKED}zz\r\n`,
  `${CHUNKED}ffffffffffffffff\r\n`,
  `${CHUNKED}0\r\n\r\n`,
  WHOLE.repeat(50),
  `${WHOLE}garbage`,
  '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
];

/** `text` with a few bytes put in, left out or changed. */
function damaged(text: string): fc.Arbitrary<string> {
  const change = fc.tuple(fc.nat(text.length), fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 255 }));
  return fc.array(change, { minLength: 1, maxLength: 4 }).map(changes => {
    let bytes = text;
    for (const [at, cut, code] of changes) {
      const put = cut === 2 ? '' : String.fromCharCode(code);
      bytes = `${bytes.slice(0, at)}${put}${bytes.slice(at + Math.min(cut, 1))}`;
    }
    return bytes;
  });
}

/** Anything at all on a connection, one character a byte. */
export const rawBytes: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...EDGES) },
  { weight: 3, arbitrary: fc.constantFrom(WHOLE, ...EDGES).chain(damaged) },
  {
    weight: 2,
    arbitrary: fc.uint8Array({ minLength: 1, maxLength: 200 }).map(bytes => Buffer.from(bytes).toString('latin1')),
  },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.constantFrom('\r', '\n', ' ', ':', '\t', '\0', 'GET', '/', 'HTTP/1.1'), { maxLength: 40 })
      .map(parts => parts.join('')),
  },
);
