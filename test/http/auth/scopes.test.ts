import { describe, expect, it } from 'vitest';
import { SCOPE, Scopes } from '../../../src/http/auth/scopes.ts';

describe('scopes', () => {
  it.each([
    [['ids'], 'order', true],
    [['ids'], '@uuid', true],
    [['ids:order'], 'order', true],
    [['ids:order'], 'orders', false],
    [['ids:order*'], 'order', true],
    [['ids:order*'], 'order-7.eu', true],
    [['ids:order*'], 'my-order', false],
    [['ids:*.eu'], 'order.eu', true],
    [['ids:*.eu'], 'order-eu', false],
    [['ids:a*b*c'], 'a-b-c', true],
    [['ids:a*b*c'], 'a-c-b', false],
    [['ids:*'], 'order', true],
    [['ids:*'], '@snowflake', false],
    [['ids:@snowflake'], '@snowflake', true],
    [['ids:@snowflake'], '@uuid', false],
    [['ids:@*'], '@uuid', true],
    [['ids:@*'], 'order', false],
    [['ids:user', 'ids:order'], 'order', true],
    [['admin', 'metrics'], 'order', false],
  ])('%j on %s: %s', (scopes, target, allowed) => {
    expect(new Scopes(scopes).allowsIds(target)).toBe(allowed);
  });

  it('hold no other scope', () => {
    expect(new Scopes(['ids'])).toMatchObject({ admin: false, metrics: false });
    expect(new Scopes(['admin'])).toMatchObject({ admin: true, metrics: false });
    expect(new Scopes(['metrics'])).toMatchObject({ admin: false, metrics: true });
  });

  it.each([
    '',
    'id',
    'ids:',
    'ids:@',
    'ids:@snow',
    'ids:@snowflake*',
    'ids:a b',
    'ids:a"b',
    'admin:x',
    'ADMIN',
    `ids:${'a'.repeat(129)}`,
  ])('are not %j', scope => {
    expect(SCOPE.test(scope)).toBe(false);
  });
});
