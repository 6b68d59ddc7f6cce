import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFrond } from '../../src/index.ts';
import { AlertRig, type Member } from '../support/alert-rig.ts';
import { queriesOf, readDashboard } from '../support/dashboard.ts';
import { FullInstance } from '../support/full-instance.ts';
import { SERVER_SETUP_MS } from '../support/mysql.ts';
import { PacedClients } from '../support/paced-clients.ts';
import { promtool } from '../support/prometheus.ts';
import { namesIn, readRules, rulesOf } from '../support/rule-files.ts';
import type { Service } from '../support/service.ts';
import { waitUntil } from '../support/wait-until.ts';

const ENV = {
  // Four worker IDs, and ranges for a second or two.
  FROND_WORKER_BITS: '2',
  FROND_SEGMENT_TARGET_MS: '1000',
  FROND_TAG_REFRESH_MS: '500',
  FROND_SEGMENT_CEILING_POLICY: 'preferred',
  FROND_ALLOWANCE_MS: '4000',
};
const TAG_LIMITS = `groups:
  - name: frond-tag-limits
    rules:
      - record: frond:tag_limit_ids
        expr: vector(2147483647)
        labels:
          tag: narrow
`;
const PATHS = [
  '/id/segment/order',
  '/id/snowflake',
  '/id/segment/invoice',
  '/id/uuid',
  '/id/segment/order/ranges?count=5',
];
const EVERY_MS = 25;
/** Of the instance with everything, whose ranges are a number space of their own. */
const PAIR = '/id/segment/pair';
const HOUR_MS = 3_600_000;
const PHASE = { timeout: 200_000 };

describe('a Prometheus that watches instances of every kind under load', () => {
  let rig: AlertRig;
  let first: Member;
  let second: Member;
  /** Of several processes, behind TLS, on several primaries. */
  let full: FullInstance;
  const load: PacedClients[] = [];

  const put = (tag: string, body: object, { service }: { readonly service: Service } = first) =>
    service.send('PUT', `/tags/${tag}`, JSON.stringify(body), { 'content-type': 'application/json' });

  beforeAll(async () => {
    full = await FullInstance.start({ FROND_SEGMENT_TARGET_MS: '1000' }, 2);
    rig = await AlertRig.start(ENV, { 'limits.yml': TAG_LIMITS }, full.caFile);
    first = await rig.join();
    second = await rig.join();
    for (const { service } of [first, second]) await service.ready();
    for (const tag of ['order', 'invoice', 'narrow']) expect((await put(tag, { step: 10 })).status).toBe(201);
    expect((await first.service.get('/id/segment/narrow')).text).toBe('1');
    for (const { service } of [first, second]) load.push(new PacedClients(service, PATHS, EVERY_MS));
    rig.watch(full.service);
    expect((await put('pair', { step: 10 }, full)).status).toBe(201);
    load.push(new PacedClients(full.service, [PAIR], EVERY_MS));
  }, SERVER_SETUP_MS);
  afterAll(async () => {
    console.log(`Alerts fired, with what they wait for 150 times as short: ${rig?.story.join(', ')}`);
    await Promise.all(load.map(each => each.stop()));
    await rig?.close();
    await full?.remove();
  });

  it('tells of a primary that does not answer, and of a process that hangs', PHASE, async () => {
    const { host: instance } = new URL(full.service.url);
    full.losePrimary();
    await rig.fires('FrondPrimaryDown', { instance });
    await full.hangProcess();
    await rig.fires('FrondProcessDown', { instance, process: '1' });
  });

  it('finds data for every query of the dashboard meanwhile', PHASE, async () => {
    const missing = new Map(queriesOf(readDashboard(), '10s').map(({ title, query }) => [query, title]));
    const look = async () => {
      for (const query of missing.keys()) if ((await rig.view.query(query)).length > 0) missing.delete(query);
      if (missing.size > 0) throw new Error([...missing].join('\n'));
      return true;
    };
    await waitUntil('data for all', look, 30_000);
    full.recover();
    for (const alert of ['FrondProcessDown', 'FrondPrimaryDown']) await rig.ends(alert);
    await waitUntil('both of each to be up', async () => {
      const up = await rig.view.query('{__name__=~"frond_(process|segment_primary)_up"} == 1');
      return up.length === 4;
    });
  });

  it('finds every metric that the rules and the dashboard name', PHASE, async () => {
    const rules = rulesOf(readRules()).map(({ expr }) => expr);
    const queries = queriesOf(readDashboard(), '1m').map(({ query }) => query);
    const exposed = await rig.view.metricNames();
    const missing = [...rules, ...queries].flatMap(namesIn).filter(name => !exposed.has(name));
    expect(missing).toEqual([]);
  });

  it('finds names and units by the conventions, but where prom-client has its own', PHASE, async () => {
    const lines = (await first.service.get('/metrics')).text.split('\n');
    const own = lines.filter(line => !/\bnodejs_active_\w+_total\b/.test(line));
    expect(own.length).toBeGreaterThan(300);
    expect(await promtool(['check', 'metrics'], own.join('\n'))).toEqual({ ok: true, text: '' });
  });

  it('renders the texts of every alert', PHASE, async () => {
    const probes = await waitUntil('the copies to fire', async () => {
      const seen = (await rig.view.alerts()).filter(each => each.labels['alertname']?.startsWith('Probe'));
      return seen.length > 0 && seen;
    });
    for (const { labels, annotations } of probes) {
      expect([labels['alertname'], JSON.stringify(annotations)]).toEqual([
        expect.any(String),
        expect.not.stringMatching(/error expanding|%!|<no value>/),
      ]);
    }
    expect(await rig.view.ruleErrors()).toEqual([]);
  });

  it('tells of tags near the end of their numbers, until they are given up', PHASE, async () => {
    expect((await put('huge', { step: 10, maxId: String((2n ** 63n * 95n) / 100n) })).status).toBe(201);
    expect((await put('narrow', { step: 10, maxId: '2000000000' })).status).toBe(200);
    for (const tag of ['huge', 'narrow']) expect((await first.service.get(`/id/segment/${tag}`)).status).toBe(200);
    const seen = await rig.fires('FrondTagNearLimit', { tag: 'huge' });
    expect(seen.annotations['description']).toContain('95% of all 64-bit numbers are behind tag huge');
    await rig.fires('FrondTagNearOwnLimit', { tag: 'narrow' });
    for (const tag of ['huge', 'narrow']) await first.service.send('DELETE', `/tags/${tag}`);
    await rig.ends('FrondTagNearLimit');
    await rig.ends('FrondTagNearOwnLimit');
  });

  it('tells of a database that is stopped, and of the tags that run out', PHASE, async () => {
    await rig.database.kill();
    for (const { instance } of [first, second]) {
      await rig.fires('FrondSegmentStoreDown', { instance });
      await rig.fires('FrondTagNearlyEmpty', { instance, tag: 'order' });
      await rig.fires('FrondNoIds', { instance, kind: 'segment' });
    }
    await rig.database.restart();
    for (const alert of ['FrondSegmentStoreDown', 'FrondTagNearlyEmpty', 'FrondNoIds']) await rig.ends(alert);
  });

  it('tells of a ZooKeeper that is stopped, step by step', PHASE, async () => {
    await rig.zookeeper.kill();
    const early = ['FrondSlotStoreDown', 'FrondCeilingDown', 'FrondBoundLow'];
    const late = ['FrondBoundNearlyReached', 'FrondLimitLow', 'FrondSnowflakeNotReady'];
    const instance = { instance: second.instance };
    await Promise.all([...early, ...late, 'FrondRangesWithoutCeiling'].map(alert => rig.fires(alert, instance)));
    await rig.fires('FrondNoIds', { ...instance, kind: 'snowflake' });
    await rig.fires('FrondRefusals', { ...instance, kind: 'snowflake' });
    await rig.zookeeper.restart();
    await Promise.all([...early, ...late].map(alert => rig.ends(alert)));
  });

  it('tells of a clock that is set back, and of one that jumps ahead', PHASE, async () => {
    const { instance, service } = first;
    await service.stepClock(-HOUR_MS);
    const seen = await rig.fires('FrondClockBack', { instance });
    expect(seen.annotations['description']).toMatch(/by (59m|1h) ?\d+/);
    await rig.fires('FrondSnowflakeNotReady', { instance });
    await service.stepClock(0);
    await rig.ends('FrondClockBack');
    await service.stepClock(HOUR_MS);
    await rig.fires('FrondClockJump', { instance });
    await rig.fires('FrondLimitLow', { instance });
    await service.stepClock(0);
    for (const alert of ['FrondSnowflakeNotReady', 'FrondLimitLow']) await rig.ends(alert);
  });

  it('tells of an instance without a worker ID, and of one that is gone', PHASE, async () => {
    // Two more that hold a worker ID each: the last ones.
    const options = { segmentStore: 'off', workerSlots: rig.workerSlots, workerBits: 2, dataDir: 'none' };
    const squatters = await Promise.all([createFrond(options), createFrond(options)]);
    const third = await rig.join(-60_000);
    const { instance } = third;
    await rig.fires('FrondClockSkew', { instance });
    await third.service.stepClock(0);
    await rig.ends('FrondClockSkew');
    await rig.fires('FrondNoFreeWorker', { instance });
    await rig.fires('FrondWorkerPoolLow');
    await second.service.end('SIGKILL');
    await rig.fires('FrondInstanceDown', { instance: second.instance });
    await Promise.all(squatters.map(each => each.close()));
    await third.service.ready();
    await rig.dismiss(third, 'SIGTERM');
    await second.service.start();
    await second.service.ready();
    await rig.ends('FrondInstanceDown');
    await rig.ends('FrondWorkerPoolLow');
  });

  it('tells of a certificate near its end, until it is renewed', PHASE, async () => {
    const labels = { instance: new URL(full.service.url).host, certificate: 'server' };
    const seen = await rig.fires('FrondCertificateExpiring', labels);
    expect(seen.annotations['description']).toMatch(/^The certificate server is valid for 1d \d+h/);
    full.renewCertificate(30);
    await rig.ends('FrondCertificateExpiring');
    const left = 'frond_tls_certificate_not_after_seconds - time() > 29 * 86400';
    await waitUntil('the new one', async () => (await rig.view.query(left)).length === 1);
  });

  it('and tells no more of what is over', PHASE, () => rig.allEnd());

  it('has seen not one ID twice meanwhile', async () => {
    await Promise.all(load.map(each => each.stop()));
    const ids = load.flatMap(each => each.harvest.ids).filter(line => !line.includes('ranges'));
    const bare = ids.map(line => line.replace(/^\/id\/(segment\/)?/, ''));
    expect(bare.length).toBeGreaterThan(500);
    expect(new Set(bare).size).toBe(bare.length);
  });
});
