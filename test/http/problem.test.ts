import { describe, expect, it } from 'vitest';
import { ERRORS, FrondError } from '../../src/errors.ts';
import { problemHeaders, problemOf, refusalOf } from '../../src/http/problem.ts';
import { VirtualSystem } from '../support/virtual-system.ts';

const deadline = (retryAfterMs?: number) =>
  new FrondError(
    'DEADLINE_EXCEEDED',
    { what: 'No ID', deadlineMs: 5 },
    retryAfterMs === undefined ? {} : { retryAfterMs },
  );

function headerOf(error: FrondError, name: string): string | undefined {
  const flat = problemHeaders(error, 0);
  const at = flat.indexOf(name);
  return at < 0 ? undefined : flat[at + 1];
}

describe('a problem document', () => {
  it('has the members of RFC 9457 and our code', () => {
    expect(problemOf(new FrondError('UNKNOWN_TAG', { tag: 'x' }))).toEqual({
      type: 'urn:frond:error:UNKNOWN_TAG',
      title: ERRORS.UNKNOWN_TAG.title,
      status: 404,
      detail: `Tag "x" does not exist. ${ERRORS.UNKNOWN_TAG.remedy}`,
      code: 'UNKNOWN_TAG',
      retryable: false,
    });
  });

  it.each([
    [undefined, '1'],
    [0, '1'],
    [1000, '1'],
    [1001, '2'],
    [59_999, '60'],
  ])('for a retry after %s ms says %s seconds', (retryAfterMs, seconds) => {
    expect(headerOf(deadline(retryAfterMs), 'Retry-After')).toBe(seconds);
  });

  it('says nothing about retrying unless it is a 503', () => {
    expect(headerOf(new FrondError('UNKNOWN_TAG', { tag: 'x' }), 'Retry-After')).toBeUndefined();
  });

  it('is never a 499: a wait that its allocator ended is not ready', () => {
    const { logger } = new VirtualSystem();
    expect(refusalOf(new FrondError('ABORTED', {}), logger, {})).toMatchObject({ code: 'NOT_READY', status: 503 });
  });

  it('hides defects behind the log', () => {
    const system = new VirtualSystem();
    for (const defect of [new Error('secret'), 'secret', new FrondError('INTERNAL', { reason: 'secret' })]) {
      const refusal = refusalOf(defect, system.logger, { url: '/x' });
      expect(refusal).toMatchObject({ code: 'INTERNAL', status: 500 });
      expect(JSON.stringify(problemOf(refusal))).not.toContain('secret');
    }
    expect(system.logged('error')).toHaveLength(3);
    expect(system.logged('error')[0]).toMatchObject({ fields: { url: '/x' }, message: 'request failed: secret' });
  });
});
