import { describe, expect, it } from 'vitest';
import { FrondError } from '../../../src/errors.ts';
import { parseZookeeperUrl } from '../../../src/stores/zookeeper/zookeeper-url.ts';

describe('the address of a ZooKeeper ensemble', () => {
  it('has servers, ports, credentials and a tree', () => {
    expect(parseZookeeperUrl('zookeeper://me:p%40ss%3Aw@zk1.example:2182,zk2,10.0.0.3:2183/ids.prod')).toEqual({
      servers: ['zk1.example:2182', 'zk2:2181', '10.0.0.3:2183'],
      tree: 'ids.prod',
      credentials: 'me:p@ss:w',
      name: 'zookeeper://zk1.example:2182,zk2:2181,10.0.0.3:2183/ids.prod',
    });
  });

  it.each(['zookeeper://h', 'zookeeper://h/', 'zookeeper://h:2181'])('%s has defaults for what is left out', url => {
    expect(parseZookeeperUrl(url)).toEqual({
      servers: ['h:2181'],
      tree: 'frond',
      credentials: undefined,
      name: 'zookeeper://h:2181/frond',
    });
  });

  it.each([
    ['zookeeper://me:hunter2@[::1]:2181/t', /IPv6/],
    ['zookeeper://me:hunter2@fe80::1/t', /IPv6/],
    ['zookeeper://me:hunter2@/t', /host/],
    ['zookeeper://me:hunter2@h:0/t', /port/],
    ['zookeeper://me:hunter2@h:70000/t', /port/],
    ['zookeeper://me:hunter2@h:x/t', /port/],
    ['zookeeper://me:hunter2@h,,k/t', /host/],
    ['zookeeper://me:hunter2@h/a/b', /name/],
    ['zookeeper://me:hunter2@h/..', /name/],
    ['zookeeper://me:hunter2@h/t?x=1', /name/],
    ['zookeeper://me:hunter2%zz@h/t', /percent/],
    ['zookeeper://hunter2@h/t', /user:password/],
    ['zookeeper://me:hunter2:x@h/t', /user:password/],
    ['zookeeper://me:hunt/er2@h/t', /port|name|host/],
    ['zk://me:hunter2@h/t', /form/],
  ])('%s is refused, without a word of the password', (url, problem) => {
    const error = (() => {
      try {
        return parseZookeeperUrl(url);
      } catch (caught) {
        return caught;
      }
    })();
    expect(error).toBeInstanceOf(FrondError);
    expect(error).toMatchObject({ code: 'INVALID_CONFIG', message: expect.stringMatching(problem) });
    expect((error as FrondError).message).not.toMatch(/hunt|er2/);
  });
});
