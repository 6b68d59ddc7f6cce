import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Service } from '../support/service.ts';
import { waitUntil } from '../support/wait-until.ts';

const TRACER = pathToFileURL(`${import.meta.dirname}/../support/trace-sync.mjs`).href;

describe('renewals of a local worker slot', () => {
  let service: Service;

  beforeEach(async () => {
    const env = {
      NODE_OPTIONS: `--trace-sync-io --import=${TRACER}`,
      FROND_SEGMENT_STORE: 'off',
      FROND_RENEW_INTERVAL_MS: '50',
    };
    service = await new Service({ env }).start();
    await service.ready();
  });
  afterEach(() => service.remove());

  /** Not from /metrics, whose process metrics are read from /proc synchronously. */
  const renewals = async () => {
    const status = JSON.parse((await service.get('/status')).text) as {
      snowflake: { renewals: { acknowledged: number } };
    };
    return status.snowflake.renewals.acknowledged;
  };
  /** How many lines the service had written to standard error up to a moment between the call and its end. */
  const mark = async () => {
    const seen = service.errors.length;
    service.signal('SIGUSR2');
    const place = await waitUntil('the mark', () => service.errors.indexOf('mark', seen) + 1);
    return place - 1;
  };

  it('touch files, locks and directories only off the event loop', async () => {
    const before = await renewals();
    const from = await mark();
    await waitUntil('20 renewals', async () => (await renewals()) >= before + 20);
    const to = await mark();
    expect(service.errors.slice(from + 1, to)).toEqual([]);
    // The claim of the slot did, at the start: so it would have been seen.
    const claim = service.errors.slice(0, from).join('\n');
    expect(claim).toContain('at requireLockFile');
    expect(claim).toContain('synchronous DatabaseSync.exec');
  });
});
