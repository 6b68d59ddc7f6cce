import { describe, expect, it } from 'vitest';
import { readMysqlRun } from '../../../src/stores/mysql/mysql-run.ts';
import type { MysqlSession } from '../../../src/stores/mysql/mysql-session.ts';

/** A server that answers so. */
function session(nowS: number | string, uptime: string): MysqlSession {
  const read = async (sql: string) =>
    sql.startsWith('SHOW') ? [{ Value: uptime }] : [{ host: 'db1', port: 3306, id: 1, nowS }];
  return { read } as unknown as MysqlSession;
}

describe('readMysqlRun', () => {
  it('names a run by when it began, which no later moment changes', async () => {
    const name = 'db1:3306/1 since 1764000000';
    expect(await readMysqlRun(session(1_764_000_010, '10'))).toEqual({ name, isSettled: true });
    expect(await readMysqlRun(session('1764000500', '500'))).toEqual({ name, isSettled: true });
    expect(await readMysqlRun(session(1_764_000_001, '1'))).toEqual({ name, isSettled: false });
  });

  it('tells runs apart also while the clock is before their start, where the uptime has wrapped round', async () => {
    const name = (startS: number, nowS: number) =>
      readMysqlRun(session(nowS, String(2n ** 64n + BigInt(nowS - startS))));
    const nowS = 1_764_000_000;
    expect(await name(nowS + 3600, nowS)).toEqual({ name: 'db1:3306/1 since 1764003600', isSettled: false });
    expect(await name(nowS + 3601, nowS)).toEqual({ name: 'db1:3306/1 since 1764003601', isSettled: false });
  });
});
