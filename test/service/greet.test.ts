import { expect, it } from 'vitest';
import { resolveConfig } from '../../src/config.ts';
import { greet } from '../../src/service/greet.ts';
import { VirtualSystem } from '../support/virtual-system.ts';

it('The greeting shows calls with a token in the variable that docs/security.md uses, where one is needed', () => {
  const { logger, logs } = new VirtualSystem();
  const address = { address: '127.0.0.1', family: 'IPv4', port: 8080 };
  greet(logger, resolveConfig({ adminToken: 'x'.repeat(32) }), address);
  const fields = logs.find(line => line.message === 'add a tag')!.fields;
  expect(fields['add']).toContain(' -H "authorization: Bearer $TOKEN" ');
  expect(fields['ask']).toBe('curl http://127.0.0.1:8080/id/segment/order');
});
