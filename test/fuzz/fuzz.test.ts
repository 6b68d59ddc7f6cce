import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { METHODS } from '../../src/http/openapi/shapes.ts';
import { SEALED_DOCUMENT } from '../support/contract/sealed-document.ts';
import { Service } from '../support/service.ts';
import { fuzz } from './fuzz.ts';

/** `npm run fuzz` draws others. */
const SEED = 1;

const EVERY_OPERATION = Object.values(SEALED_DOCUMENT.paths).flatMap(item =>
  METHODS.flatMap(method => item[method]?.operationId ?? []),
);

describe('the real service', () => {
  const service = new Service();
  beforeAll(async () => {
    await service.start();
    await service.ready();
  });
  afterAll(() => service.remove());

  it(`answers 20,000 drawn requests (seed ${SEED}) as the API document says, in the memory it had`, async () => {
    const { cases, statuses, operations } = await fuzz(service, 20_000, SEED);
    expect(cases).toBe(20_000);
    // Every operation gave what it is for, and every kind of refusal that can be had from outside was met.
    expect([...operations.keys()].sort()).toEqual(EVERY_OPERATION.sort());
    const met = [...statuses.keys()];
    expect(met).toEqual(expect.arrayContaining([200, 201, 204, 400, 404, 405, 409, 412, 413, 415, 431]));
    expect(met.filter(status => status >= 500 && status !== 503)).toEqual([]);
    expect((await service.get('/id/segment/demo')).status).toBe(200);
  }, 300_000);
});
