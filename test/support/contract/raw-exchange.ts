/** Requests and answers as they were on the wire, read back for the contract. */

import { assertContract, type Exchanged } from './api-contract.ts';

interface RawRequest {
  readonly method: string;
  readonly target: string;
}

const REQUEST = /^(?:\r?\n)*([A-Z]+) (\S+) HTTP\/1\.[01]\r\n((?:[^\r\n]+\r\n)*)\r\n/;
const ANSWER = /^HTTP\/1\.1 (\d{3}) [^\r\n]*\r\n((?:[^\r\n]+\r\n)*)\r\n/;

/** Names in lower case; the last of two wins. */
function headersIn(lines: string): Record<string, string> {
  const pairs = lines.split('\r\n').filter(line => line !== '');
  return Object.fromEntries(
    pairs.map(line => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
}

/** The requests in `bytes`, in order, up to the first that is not whole and plain. */
function requestsIn(bytes: string): readonly RawRequest[] {
  const requests: RawRequest[] = [];
  for (let rest = bytes; ; ) {
    const match = REQUEST.exec(rest);
    if (match === null) return requests;
    requests.push({ method: match[1]!, target: match[2]! });
    const headers = headersIn(match[3]!);
    const length = headers['content-length'] ?? '0';
    if ('transfer-encoding' in headers || !/^\d{1,9}$/.test(length)) return requests;
    rest = rest.slice(match[0].length + Number(length));
  }
}

/** The text of a chunked body and what follows; undefined when it is cut off. */
function dechunk(text: string): { body: string; rest: string } | undefined {
  let body = '';
  let rest = text;
  for (;;) {
    const [line = '', size = ''] = /^([0-9a-f]+)\r\n/i.exec(rest) ?? [];
    const bytes = Number.parseInt(size, 16);
    if (line === '' || rest.length < line.length + bytes + 2) return undefined;
    body += rest.slice(line.length, line.length + bytes);
    rest = rest.slice(line.length + bytes + 2);
    if (bytes === 0) return { body, rest };
  }
}

/** The answers in `text` to `requests`; one that is cut off, and what is behind it, is left out. */
function answersIn(text: string, requests: readonly RawRequest[]): readonly Exchanged[] {
  const answers: Exchanged[] = [];
  for (let rest = text; ; ) {
    const match = ANSWER.exec(rest);
    if (match === null) return answers;
    const status = Number(match[1]);
    const headers = headersIn(match[2]!);
    rest = rest.slice(match[0].length);
    if (status < 200) continue;
    // An answer beyond the requests is to something that could not be read: no path is like it.
    const { method, target } = requests[answers.length] ?? { method: '', target: '' };
    let body = '';
    if (headers['transfer-encoding'] === 'chunked' && method !== 'HEAD') {
      const whole = dechunk(rest);
      if (whole === undefined) return answers;
      ({ body, rest } = whole);
    } else if (method !== 'HEAD' && status !== 204) {
      const length = Number(headers['content-length'] ?? 0);
      if (rest.length < length) return answers;
      body = rest.slice(0, length);
      rest = rest.slice(length);
    }
    answers.push({ method, target, status, headers, text: Buffer.from(body, 'latin1').toString() });
  }
}

/**
 * Holds every whole answer on a connection against the API document; `text` and `bytes` as latin1.
 * @param isPlain false for requests that node:http may read otherwise than they are read here
 */
export function assertRawContract(bytes: string, text: string, isPlain = true): void {
  for (const answer of answersIn(text, isPlain ? requestsIn(bytes) : [])) assertContract(answer, isPlain);
}
