import { describe, expect, it } from 'vitest';
import { resolveConfig } from '../../../src/config.ts';
import { openSlotStore } from '../../../src/stores/slots/open.ts';
import { staticWorkerId } from '../../../src/stores/slots/static-number.ts';
import { VirtualSystem } from '../../support/virtual-system.ts';

describe('a fixed worker ID', () => {
  it.each([
    ['static:0', 'any', 0],
    ['static:1023', 'any', 1023],
    ['statefulset:', 'frond-0', 0],
    ['statefulset:', 'frond-eu-17', 17],
    ['statefulset:', 'frond-3.frond.default.svc.cluster.local', 3],
  ])('is read from %s on host %s', (spec, host, workerId) => {
    expect(staticWorkerId(spec, 1023, host)).toBe(workerId);
  });

  it.each([
    ['static:1024', 'any', /"static:1024" asks for worker ID 1024; expected 0 to 1023/],
    ['statefulset:', 'frond-1024', /host "frond-1024" asks for worker ID 1024; expected 0 to 1023/],
    ['statefulset:', 'frond', /expected a host name that ends in -N/],
    ['statefulset:', 'frond-07', /expected a host name that ends in -N/],
    ['statefulset:', 'frond.svc-3', /expected a host name that ends in -N/],
  ])('is refused for %s on host %s, with the setting and its bounds', (spec, host, text) => {
    expect(() => staticWorkerId(spec, 1023, host)).toThrow(text);
    expect(() => staticWorkerId(spec, 1023, host)).toThrow(/FROND_WORKER_SLOTS/);
  });

  it('is checked against the bits of the layout when the store is chosen', async () => {
    const open = (workerBits: number) =>
      openSlotStore(
        resolveConfig({ workerSlots: 'static:32', workerBits, dataDir: 'none', segmentStore: 'off' }),
        new VirtualSystem(),
      );
    await expect(open(5)).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
    expect((await open(6))?.name).toBe('static:32 without a data directory');
  });
});
