import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FrondError } from '../../../src/errors.ts';
import { parseMysqlUrl } from '../../../src/stores/mysql/mysql-url.ts';

function refusalOf(url: string): FrondError {
  try {
    parseMysqlUrl(url, 'SOME_SETTING');
  } catch (error) {
    if (error instanceof FrondError) return error;
    throw error;
  }
  throw new Error('the URL was accepted');
}

describe('parseMysqlUrl', () => {
  it('reads host, port, user, password and database, and names the place without user or password', () => {
    expect(parseMysqlUrl('mysql://app:secret@db.example.com:3307/ids')).toEqual({
      host: 'db.example.com',
      port: 3307,
      user: 'app',
      password: 'secret',
      database: 'ids',
      tls: undefined,
      name: 'mysql://db.example.com:3307/ids',
    });
  });

  it('takes port 3306 and an empty password when they are not given', () => {
    expect(parseMysqlUrl('mysql://app@db/ids')).toMatchObject({ port: 3306, password: '' });
  });

  it('decodes percent-encoding in user, password and database', () => {
    expect(parseMysqlUrl('mysql://a%40b:p%2Fw%3F%23%25%C3%A4@db/my%20ids')).toMatchObject({
      user: 'a@b',
      password: 'p/w?#%ä',
      database: 'my ids',
    });
  });

  it('takes an IPv6 address in brackets', () => {
    expect(parseMysqlUrl('mysql://app@[::1]:3306/ids')).toMatchObject({ host: '::1', name: 'mysql://[::1]:3306/ids' });
  });

  it('turns ssl=required into TLS with the named authority', () => {
    const folder = mkdtempSync(join(tmpdir(), 'frond-url-'));
    try {
      const path = join(folder, 'ca.pem');
      writeFileSync(path, 'PEM');
      expect(parseMysqlUrl(`mysql://app@db/ids?ssl=required&ssl-ca=${path}`).tls).toEqual({ ca: 'PEM' });
      expect(parseMysqlUrl('mysql://app@db/ids?ssl=required').tls).toEqual({});
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it.each([
    ['postgres://app:hunter2@db/ids', 'is not of the form mysql://user:password@host:3306/database'],
    ['mysql://app:x@db/ids,app:hunter2@db2/ids', 'needs one database name'],
    ['mysql://app:hun/ter2@db/ids', 'is not of the form'],
    ['mysql://app:hun#ter2@db/ids', 'is not of the form'],
    ['mysql://app:1#hunter2@db/ids', 'is not of the form'],
    ['mysql://app:hunter2@db:99999/ids', 'is not of the form'],
    ['mysql://app:hunter2@db:0/ids', 'names port 0'],
    ['mysql:///ids', 'names no host'],
    ['mysql://db/ids', 'names no user'],
    ['mysql://app:hunter2@db', 'needs one database name'],
    ['mysql://app:hunter2@db/', 'needs one database name'],
    ['mysql://app:hunter2@db/a/b', 'needs one database name'],
    ['mysql://app:hunter2@db/a%2Fb', 'needs one database name'],
    ['mysql://app:hunter2%@db/ids', 'the password is not valid percent-encoding'],
    ['mysql://app:hunter2@db/ids?hunter2=1', 'has an unknown parameter after "?"'],
    ['mysql://app:hunter2@db/ids?ssl=preferred', 'the only mode is ssl=required'],
    ['mysql://app:hunter2@db/ids?ssl-ca=/ca.pem', 'the only mode is ssl=required'],
    ['mysql://app:hunter2@db/ids?ssl=required&ssl=required', 'names ssl twice'],
    ['mysql://app:hunter2@db/ids?ssl=required&ssl-ca=/no/such/file', 'ssl-ca cannot be read: ENOENT'],
  ])('refuses %s without repeating the password', (url, problem) => {
    const error = refusalOf(url);
    expect(error.code).toBe('INVALID_CONFIG');
    expect(error.message).toContain(`SOME_SETTING: `);
    expect(error.message).toContain(problem);
    expect(error.message).not.toContain('hunter2');
  });
});
