import { describe, expect, it } from 'vitest';
import { assertContract, type Exchanged, faultsIn } from '../support/contract/api-contract.ts';
import { assertRawContract } from '../support/contract/raw-exchange.ts';

const HEADERS = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' };
const PROBLEM_HEADERS = { ...HEADERS, 'content-type': 'application/problem+json; charset=utf-8' };
const GOOD: Exchanged = { method: 'GET', target: '/id/segment/order', status: 200, headers: HEADERS, text: '17' };

function problem(status: number, code: string, retryable = false): Pick<Exchanged, 'status' | 'headers' | 'text'> {
  const text = JSON.stringify({ type: `urn:frond:error:${code}`, title: 't', status, detail: 'd', code, retryable });
  return { status, headers: PROBLEM_HEADERS, text };
}

describe('the contract of answers', () => {
  it('has nothing against good ones', () => {
    expect(faultsIn(GOOD)).toEqual([]);
    expect(faultsIn({ ...GOOD, ...problem(404, 'UNKNOWN_TAG') })).toEqual([]);
    expect(faultsIn({ ...GOOD, target: '/nowhere', ...problem(404, 'NOT_FOUND') })).toEqual([]);
    expect(faultsIn({ ...GOOD, method: 'POST', ...problem(400, 'MALFORMED_REQUEST') })).toEqual([]);
    expect(faultsIn({ ...GOOD, method: 'HEAD', text: '' })).toEqual([]);
  });

  it.each<[fault: RegExp, departure: Partial<Exchanged>]>([
    [/has no answer 201/, { status: 201 }],
    [/Cache-Control is missing/, { headers: { ...HEADERS, 'cache-control': undefined } }],
    [/Cache-Control.*must be equal to constant/, { headers: { ...HEADERS, 'cache-control': 'max-age=5' } }],
    [/header x-more is not in the document/, { headers: { ...HEADERS, 'x-more': '1' } }],
    [/content type "text\/html" is not/, { headers: { ...HEADERS, 'content-type': 'text/html' } }],
    [/must match pattern/, { text: '17\n18' }],
    [/a body where none may be/, { method: 'HEAD' }],
    [/is no JSON/, { headers: { ...HEADERS, 'content-type': 'application/json' }, text: '{' }],
    [/Frond-Kind is missing/, { target: '/id/segment/order?fallback=uuid' }],
    [/Frond-Kind is out of place/, { headers: { ...HEADERS, 'frond-kind': 'uuid' } }],
    [/must be equal to one of the allowed values/, problem(404, 'NOT_FOUND')],
    [/must be equal to constant/, { ...problem(503, 'NOT_READY'), status: 400 }],
    [/Retry-After and retryable true disagree/, problem(503, 'NOT_READY', true)],
    [/no answer 200/, { target: '/nowhere' }],
    [/no answer 200/, { method: 'POST' }],
    [
      /must NOT have additional properties/,
      {
        target: '/healthz',
        headers: { ...HEADERS, 'content-type': 'application/json' },
        text: '{"status":"ok","more":1}',
      },
    ],
  ])('finds that %s', (fault, departure) => {
    const departed = { ...GOOD, ...departure };
    expect(faultsIn(departed).join('; ')).toMatch(fault);
    expect(() => assertContract(departed)).toThrow(/answered \d+ against docs\/openapi\.json/);
  });

  it('reads answers off the wire, one after the other', () => {
    const get = 'GET /id/snowflake HTTP/1.1\r\nHost: a\r\n\r\n';
    const head = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nCache-Control: no-store\r\n';
    const whole = `${head}Content-Length: 2\r\n\r\n17`;
    const chunked = `${head}Transfer-Encoding: chunked\r\n\r\n2\r\n17\r\n1\r\n\n\r\n0\r\n\r\n`;
    assertRawContract(get.repeat(3), `${whole}${chunked}${whole}`);
    assertRawContract(get, `${head}Content-Length: 200\r\n\r\ncut off`);
    const wrong = `${head}Content-Length: 2\r\n\r\nno`;
    expect(() => assertRawContract(get.repeat(3), `${whole}${chunked}${wrong}`)).toThrow(/must match pattern/);
    expect(() => assertRawContract(get, `${whole}${whole}`)).toThrow(/no answer 200/);
  });
});
