import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Front, openFront } from './fakes.ts';
import { ask } from './wire.ts';

let front: Front;
beforeEach(async () => {
  front = await openFront();
});
afterEach(() => front.server.close());

const MERGE = 'application/merge-patch+json';

function send(method: string, path: string, body: string, headers: Record<string, string> = { 'content-type': MERGE }) {
  return ask(front.port, path, { method, body, headers });
}
const patch = (body: string, path = '/tags/order') => send('PATCH', path, body);
const kept = () => front.service.segment!.records.get('order');

describe('PATCH /tags/:tag', () => {
  it('changes what is named, by a merge patch or plain JSON', async () => {
    const answer = await patch('{"step":50}');
    expect(answer).toMatchObject({ status: 200, headers: { 'cache-control': 'no-store' } });
    expect(JSON.parse(answer.text)).toMatchObject({ tag: 'order', step: 50, description: 'orders' });
    const json = { 'content-type': 'application/json; charset=utf-8' };
    const raised = await send('PATCH', '/tags/order', '{"maxId":"1152921504606846977"}', json);
    expect(JSON.parse(raised.text)).toMatchObject({ step: 50, maxId: '1152921504606846977' });
    expect(JSON.parse((await patch('{"description":null}')).text)).toMatchObject({ step: 50, description: null });
    expect((await patch('{}')).status).toBe(200);
    expect(kept()).toMatchObject({ stepIds: 50, description: null, maxId: 2n ** 60n + 1n });
  });

  it('never creates a tag, and never rewinds one', async () => {
    const unknown = await patch('{"step":5}', '/tags/nobody');
    expect(unknown.headers['content-type']).toMatch('application/problem+json');
    expect(JSON.parse(unknown.text)).toMatchObject({ status: 404, code: 'UNKNOWN_TAG' });
    expect(front.service.segment!.records.has('nobody')).toBe(false);
    const rewound = await patch('{"step":5,"maxId":"7"}');
    expect(JSON.parse(rewound.text)).toMatchObject({ status: 409, code: 'TAG_WOULD_REWIND' });
    expect(kept()).toMatchObject({ stepIds: 1000 });
  });

  it.each([
    ['{"step":0}', 'step is 0; expected an integer from 1 to 2147483647'],
    ['{"step":null}', 'step is null; expected an integer from 1 to 2147483647'],
    ['{"step":"9"}', 'step is "9"; expected'],
    ['{"maxId":null}', 'maxId is null; expected a decimal string from 1 to 9223372036854775807'],
    ['{"maxId":"0"}', 'maxId is "0"; expected'],
    ['{"description":[1]}', 'description is "[1]"; expected text of at most 256 characters, or null'],
    ['{"tag":"other"}', 'tag is "other"; expected no fields but step, description, maxId'],
    ['[]', 'body is "[]"; expected a JSON object of step, description and maxId'],
    ['{"step":', 'body is "{\\"step\\":"; expected valid JSON'],
    ['', 'body is ""; expected valid JSON'],
  ])('refuses the body %s', async (body, detail) => {
    const problem = JSON.parse((await patch(body)).text);
    expect(problem).toMatchObject({ status: 400, code: 'INVALID_ARGUMENT' });
    expect(problem.detail).toContain(detail);
    expect(kept()).toMatchObject({ stepIds: 1000, maxId: 2n ** 60n, description: 'orders' });
  });

  it('says which types it takes, with the refusal of another and in OPTIONS', async () => {
    const types = { 'accept-patch': 'application/merge-patch+json, application/json' };
    for (const type of ['application/json-patch+json', 'text/plain']) {
      const answer = await send('PATCH', '/tags/order', '{"step":1}', { 'content-type': type });
      expect(answer).toMatchObject({ status: 415, headers: types });
      expect(JSON.parse(answer.text)).toMatchObject({ code: 'UNSUPPORTED_MEDIA_TYPE' });
    }
    expect(await ask(front.port, '/tags/order', { method: 'OPTIONS' })).toMatchObject({ status: 204, headers: types });
    const put = await send('PUT', '/tags/order', '{"step":1}', { 'content-type': MERGE });
    expect(put.status).toBe(415);
  });

  it('is for admins only', async () => {
    const headers = { 'content-type': MERGE, 'x-forwarded-for': '203.0.113.9' };
    expect((await send('PATCH', '/tags/order', '{"step":1}', headers)).status).toBe(403);
    expect(kept()).toMatchObject({ stepIds: 1000 });
  });
});

describe('PUT /tags/:tag with If-None-Match: *', () => {
  it('creates a tag, and refuses one that is there', async () => {
    const headers = { 'content-type': 'application/json', 'if-none-match': '*' };
    expect((await send('PUT', '/tags/new', '{"step":5}', headers)).status).toBe(201);
    const again = await send('PUT', '/tags/new', '{"step":6}', headers);
    expect(JSON.parse(again.text)).toMatchObject({ status: 412, code: 'TAG_EXISTS' });
    expect(front.service.segment!.records.get('new')).toMatchObject({ stepIds: 5 });
  });
});
