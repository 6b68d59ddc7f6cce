import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server as HttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ownAddress } from '../../src/cli/own-address.ts';
import { statusText } from '../../src/cli/status-text.ts';
import { type CertificateFiles, makeCertificate } from '../support/certificate.ts';
import { runCli } from '../support/cli.ts';
import { Service } from '../support/service.ts';

const json = (text: string) => JSON.parse(text) as unknown;

describe('frond status, of a server', () => {
  let service: Service;
  beforeAll(async () => {
    service = await (await new Service().start()).ready();
  });
  afterAll(() => service.remove());
  const status = (...args: string[]) => runCli(['status', ...args], { FROND_PORT: new URL(service.url).port });

  it('tells what each kind does and how its tags stand', async () => {
    await service.get('/id/segment/demo');
    const { code, out } = await status();
    expect(code).toBe(0);
    expect(out).toMatch(/^Frond \d+\.\d+\.\d+.* at http:\/\/127\.0\.0\.1:\d+: ready\n/);
    expect(out).toMatch(/^segment +ready +1 given; 1 tag in use; sqlite:/m);
    expect(out).toMatch(/^snowflake +ready +0 given; worker 0; [\d.]+ years left; local:/m);
    expect(out).toMatch(/^tag +range +left +usual IDs\/s +empty in +last fetch took +trouble\ndemo +1000 +999 /m);
  });

  it('prints the JSON of the server', async () => {
    const { out } = await status('--json');
    expect(json(out)).toMatchObject({ ready: true, snowflake: { workerId: 0 }, segment: { state: 'ready' } });
    expect(json((await status('--ready', '--json')).out)).toMatchObject({ status: 'ready' });
  });

  it('answers a health check with one line', async () => {
    expect(await status('--ready')).toEqual({
      code: 0,
      out: 'ready: segment ready, snowflake ready, uuid ready\n',
      err: '',
    });
  });

  it('finds a server by --url and by FROND_URL, with a path or without a scheme', async () => {
    const { host } = new URL(service.url);
    expect(await runCli(['status', '--ready', '--url', host])).toMatchObject({ code: 0 });
    expect(await runCli(['status', '--ready'], { FROND_URL: `http://${host}/` })).toMatchObject({ code: 0 });
  });
});

describe('frond status, of a server that is not ready', () => {
  it('ends with 1, and says what is refused', async () => {
    const service = new Service({ env: { FROND_SEGMENT_STORE: 'mysql://nobody@127.0.0.1:1/none' } });
    try {
      await service.start();
      const env = { FROND_PORT: new URL(service.url).port };
      const ready = await runCli(['status', '--ready'], env);
      expect([ready.code, ready.out]).toEqual([1, expect.stringMatching(/^not ready: segment (refusing|starting),/)]);
      expect(await runCli(['status'], env)).toMatchObject({
        code: 1,
        out: expect.stringMatching(/: NOT READY\n\nsegment +(refusing|starting) /),
      });
    } finally {
      await service.remove();
    }
  });
});

/** A server that answers what `answer` says to every request. */
async function serving(
  answer: (headers: Record<string, unknown>) => { status: number; body: object | string },
  tls?: CertificateFiles,
): Promise<{ port: string; close: () => void }> {
  const handler = (req: { headers: object }, res: { writeHead(status: number): void; end(text: string): void }) => {
    const { status, body } = answer({ ...req.headers });
    res.writeHead(status);
    res.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
  const server: HttpServer =
    tls === undefined
      ? createServer(handler)
      : createHttpsServer({ cert: readFileSync(tls.certFile), key: readFileSync(tls.keyFile) }, handler);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port: String(port),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

const READY = { status: 200, body: { status: 'ready', checks: { uuid: 'ready' } } };

describe('frond status, of other servers', () => {
  const directory = mkdtempSync(join(tmpdir(), 'frond-status-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  it('ends with 3 without an answer, at once or in time', async () => {
    const closed = await serving(() => READY);
    closed.close();
    const gone = await runCli(['status', '--ready'], { FROND_PORT: closed.port });
    expect([gone.code, gone.out, gone.err]).toEqual([
      3,
      '',
      expect.stringMatching(/no server answers at http:.*frond serve/),
    ]);
    const mute = createTcpServer(() => {});
    await new Promise<void>(resolve => mute.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(mute.address() as AddressInfo).port}`;
    const late = await runCli(['status', '--ready', '--timeout-ms', '100', '--url', url]);
    expect([late.code, late.err]).toEqual([3, expect.stringMatching(/no answer within 100 ms/)]);
    mute.close();
  });

  it('ends with 1 where another program answers', async () => {
    const other = await serving(() => ({ status: 200, body: '<html>' }));
    const answer = await runCli(['status', '--ready'], { FROND_PORT: other.port });
    expect([answer.code, answer.err]).toEqual([1, expect.stringMatching(/answered 200, and not as Frond does/)]);
    other.close();
  });

  it("sends the token of its environment or file, and the instance's own only to the instance", async () => {
    const seen: unknown[] = [];
    const server = await serving(({ authorization }) => {
      seen.push(authorization);
      return READY;
    });
    const own = { FROND_PORT: server.port, FROND_ADMIN_TOKEN: 'admin-token-of-16' };
    const url = `http://127.0.0.1:${server.port}`;
    const file = join(directory, 'token');
    writeFileSync(file, 'from-a-file\n');
    await runCli(['status', '--ready'], own);
    await runCli(['status', '--ready', '--url', url], own);
    await runCli(['status', '--ready'], { ...own, FROND_TOKEN: 'from-env' });
    await runCli(['status', '--ready', '--token-file', file, '--url', url], { FROND_TOKEN: 'from-env' });
    expect(seen).toEqual(['Bearer admin-token-of-16', undefined, 'Bearer from-env', 'Bearer from-a-file']);
    server.close();
  });

  it('says where a token goes when one is missing', async () => {
    const problem = { code: 'UNAUTHORIZED', detail: 'A token is needed.' };
    const server = await serving(() => ({ status: 401, body: problem }));
    const { code, err } = await runCli(['status'], { FROND_PORT: server.port });
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/UNAUTHORIZED: A token is needed\. Put a token into FROND_TOKEN/),
    ]);
    server.close();
  });

  it('speaks HTTPS: trusts what it is told to trust, and the certificate of its own instance', async () => {
    const tls = makeCertificate(directory, 'frond.example');
    const server = await serving(() => READY, tls);
    const url = `https://127.0.0.1:${server.port}`;
    const refused = await runCli(['status', '--ready', '--url', url]);
    expect([refused.code, refused.err]).toEqual([3, expect.stringMatching(/self-signed certificate.*--ca-file/)]);
    const misnamed = await runCli(['status', '--ready', '--url', url, '--ca-file', tls.certFile]);
    expect([misnamed.code, misnamed.err]).toEqual([3, expect.stringMatching(/does not match|not in the cert's list/)]);
    expect(await runCli(['status', '--ready', '--url', url, '--insecure'])).toMatchObject({ code: 0 });
    const own = { FROND_HOST: '127.0.0.1', FROND_PORT: server.port, FROND_TLS_CERT_FILE: tls.certFile };
    expect(await runCli(['status', '--ready'], own)).toMatchObject({ code: 0, err: '' });
    const other = makeCertificate(directory, 'other.example');
    expect(await runCli(['status', '--ready'], { ...own, FROND_TLS_CERT_FILE: other.certFile })).toMatchObject({
      code: 3,
    });
    server.close();
  });
});

describe('the address of the own instance', () => {
  it.each([
    [{}, 'http://127.0.0.1:8080'],
    [{ FROND_HOST: '0.0.0.0', FROND_PORT: '9' }, 'http://localhost:9'],
    [{ FROND_HOST: '::' }, 'http://localhost:8080'],
    [{ FROND_HOST: '::1' }, 'http://[::1]:8080'],
    [{ FROND_PORT: 'tcp://10.0.0.1:8080' }, 'http://127.0.0.1:8080'],
    [{ FROND_TLS_CERT_FILE: '/tls.crt' }, 'https://127.0.0.1:8080'],
  ])('of %j is %s', (env, url) => {
    expect(ownAddress(env)).toBe(url);
  });
});

describe('the text of a status', () => {
  const uuid = { state: 'ready', issued: { v4: 1, v7: 2 } };
  it('tells what a tag suffers from, when it will be empty, and how many more there are', () => {
    const tag = { tag: 'order', stepIds: 1000, remaining: '90000', idsPerSecond: 10, lastFetchMs: 1.5 };
    const [fetched, failed] = [{ lastFetchOutcome: 'ok' }, { lastFetchOutcome: 'failed' }];
    const tags = [
      { ...tag, ...fetched, secondsToEmpty: 9000, failure: null },
      { ...tag, ...failed, tag: 'b', secondsToEmpty: 12.34, failure: 'STORE_UNAVAILABLE' },
      {
        ...{ ...tag, ...failed, tag: 'c', remaining: '0', idsPerSecond: 0 },
        secondsToEmpty: null,
        failure: 'STORE_UNAVAILABLE',
      },
      { ...tag, ...fetched, tag: 'd', idsPerSecond: 0, secondsToEmpty: null, failure: null },
    ];
    const segment = { state: 'ready', issued: '7', store: 'mysql://db/ids', tags, tagsOmitted: 5 };
    const text = statusText({ version: '1.2.3', ready: true, segment, snowflake: 'off', uuid }, 'http://x');
    expect(text).toMatch(/^Frond 1\.2\.3 at http:\/\/x: ready, but no IDs are left of c\n/);
    const empty = ['c', 'e', 'f', 'g'].map(name => ({ ...tags[2]!, tag: name }));
    const headOf = (given: typeof tags) => {
      const some = { ...segment, tags: given };
      return statusText({ version: '1', ready: true, segment: some, snowflake: 'off', uuid }, 'x').split('\n')[0];
    };
    expect(headOf(empty.slice(1))).toBe('Frond 1 at x: ready, but no IDs are left of e, f, g');
    expect(headOf(empty)).toBe('Frond 1 at x: ready, but no IDs are left of 4 tags');
    expect(headOf(tags.slice(0, 2))).toBe('Frond 1 at x: ready');
    expect(text).toMatch(/^segment +ready +7 given; 9 tags in use; mysql:\/\/db\/ids$/m);
    const storeFailure = {
      code: 'STORE_UNAVAILABLE',
      reason: 'mysql://db/ids did not answer. Restore it.',
      silentMs: 900,
    };
    const silent = {
      version: '1.2.3',
      ready: true,
      segment: { ...segment, storeFailure },
      snowflake: 'off',
      uuid,
    } as const;
    expect(statusText(silent, 'http://x')).toMatch(
      /^segment +ready +no answer from its store for 0.9 s, STORE_UNAVAILABLE: mysql:.* Restore it; 7 given/m,
    );
    const fed = { ...silent, segment: { ...silent.segment, tags: tags.slice(0, 1) } };
    const refusals = (agoMs: number) => [{ code: 'STORE_UNAVAILABLE', agoMs }];
    expect(statusText({ ...fed, refusals: refusals(500) }, 'x')).toMatch(
      /^Frond 1.2.3 at x: ready, but calls for a tag without IDs are refused\n/,
    );
    expect(statusText({ ...fed, refusals: refusals(60_000) }, 'x')).toMatch(/^Frond 1.2.3 at x: ready\n/);
    expect(text.split('\n').slice(-6)).toEqual([
      'tag    range  left   usual IDs/s  empty in  last fetch took  trouble',
      'order  1000   90000  10           2 h       1.5 ms',
      'b      1000   90000  10           12.3 s    1.5 ms, failed   STORE_UNAVAILABLE',
      'c      1000   0      0            empty     1.5 ms, failed   STORE_UNAVAILABLE',
      'd      1000   90000  0            -         1.5 ms',
      '… and 5 more',
    ]);
  });

  it.each([
    ['required', 'no new range is taken'],
    ['preferred', 'ranges are taken without it'],
  ])('tells that the ceiling is away, and what follows where it is %s', (policy, follows) => {
    const segment = { state: 'ready', issued: '7', store: 'mysql://db/ids', tags: [] };
    const textOf = (failure: string | null) => {
      const health = { ceiling: { policy, failure } };
      const status = { version: '1', ready: true, segment: { ...segment, health }, snowflake: 'off', uuid } as const;
      return statusText(status, 'http://x');
    };
    expect(textOf('CEILING_UNAVAILABLE')).toMatch(
      new RegExp(`^segment +ready +its ceiling cannot be reached, CEILING_UNAVAILABLE: ${follows}; 7 given`, 'm'),
    );
    expect(textOf(null)).toMatch(/^segment +ready +7 given/m);
  });

  it('tells how long snowflakes go on without a slot store that is away, or might be', () => {
    const life = { issued: '7', workerId: 3, boundLeftMs: 23.5 * 3_600_000, remainingLifeYears: 69 };
    const snowflake = { state: 'ready', store: 'zookeeper://z/frond', ...life };
    const lineOf = (changes: object) => {
      const status = {
        version: '1',
        ready: true,
        segment: 'off',
        snowflake: { ...snowflake, ...changes },
        uuid,
      } as const;
      return statusText(status, 'http://x').split('\n')[3]?.replace(/ +/g, ' ');
    };
    expect(lineOf({ renewalFailure: null })).toBe(
      'snowflake ready 7 given; worker 3; 69 years left; could go on for 23 h without its store; zookeeper://z/frond',
    );
    expect(lineOf({ renewalFailure: 'no answer within 3000 ms.' })).toBe(
      'snowflake ready no answer from its store, no answer within 3000 ms: IDs go on for 23 h; 7 given; worker 3; 69 years left; zookeeper://z/frond',
    );
    expect(lineOf({ renewalFailure: 'ENOSPC', store: 'local:/data', boundLeftMs: -5 })).toContain('for 0.0 s; 7 given');
    expect(lineOf({ state: 'refusing', reason: 'its bound is reached', renewalFailure: 'late' })).toBe(
      'snowflake refusing its bound is reached; 7 given; worker 3; 69 years left; zookeeper://z/frond',
    );
    expect(lineOf({ store: 'local:/data', boundLeftMs: 2700 })).toBe(
      'snowflake ready 7 given; worker 3; 69 years left; local:/data',
    );
  });

  it('leaves out what is off, and shows the processes of one port', () => {
    const processes = [
      { index: 0, pid: 17, state: 'ready' },
      { index: 1, pid: 18, state: 'down' },
    ];
    const text = statusText(
      { version: '1.2.3', ready: false, segment: 'off', snowflake: 'off', uuid, processes },
      'http://x',
    );
    expect(text.split('\n')).toEqual([
      'Frond 1.2.3 at http://x: NOT READY',
      '',
      'segment    off',
      'snowflake  off',
      'uuid       ready  3 given',
      '',
      'process  pid  state',
      '0        17   ready',
      '1        18   down',
    ]);
  });
});
