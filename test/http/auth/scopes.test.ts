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
    [['ids:a*b*c'], 'a-b-b-c-c', true],
    [['ids:a*b*c'], 'abcd', false],
    [['ids:ab*ba'], 'aba', false],
    [['ids:ab*ba'], 'abba', true],
    [['ids:*a*'], 'bab', true],
    [['ids:*a*'], 'bbb', false],
    [['ids:a**.b'], 'a.b', true],
    [['ids:a**.b'], 'axb', false],
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

  it('are looked at as fast with many stars as with one', () => {
    const scopes = new Scopes([`ids:${'*a'.repeat(40)}*b`]);
    expect(scopes.allowsIds(`${'a'.repeat(126)}-b`)).toBe(true);
    expect(scopes.allowsIds('a'.repeat(128))).toBe(false);
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
