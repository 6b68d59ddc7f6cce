import { describe, expect, it } from 'vitest';
import { realSystem } from '../../../src/system/system.ts';
import { VirtualSystem } from '../../support/virtual-system.ts';
import { waitUntil } from '../../support/wait-until.ts';
import { untilConnected, untilDisconnected, ZookeeperRig } from '../../support/zookeeper-rig.ts';

const rig = new ZookeeperRig();
const data = (text: string) => Buffer.from(text);
/** Short, so that heartbeats and expiry come soon. */
const SHORT = { sessionTimeoutMs: 1000, timeoutMs: 300 };

/** The real system, and why connections and sessions were lost. */
function listening() {
  const virtual = new VirtualSystem();
  return {
    system: { ...realSystem, logger: virtual.logger },
    get reasons(): string[] {
      return virtual.logs.filter(line => line.level === 'warn').map(line => (line.fields as { reason: string }).reason);
    },
  };
}

describe('a request', () => {
  it('brings data, versions, times and owners as they are', async () => {
    const session = await rig.connected();
    expect(await session.create(rig.path, data('a'), 'persistent')).toBe(rig.path);
    expect(await session.create(`${rig.path}/e`, data(''), 'ephemeral')).toBe(`${rig.path}/e`);
    expect(await session.create(`${rig.path}/s-`, data(''), 'sequential')).toBe(`${rig.path}/s-0000000001`);
    const { names, stat } = await session.getChildren(rig.path);
    expect([[...names].sort(), stat.cversion, stat.childCount]).toEqual([['e', 's-0000000001'], 2, 2]);
    expect((await session.exists(`${rig.path}/e`))?.ephemeralOwner).toBe(session.sessionId);
    const written = await session.setData(rig.path, data('b'), 0);
    expect(written).toMatchObject({ version: 1, ephemeralOwner: 0n });
    expect(written.mtimeMs).toBeGreaterThan(Date.UTC(2020, 0));
    expect(await session.getData(rig.path)).toEqual({ data: data('b'), stat: expect.objectContaining({ version: 1 }) });
    await session.remove(`${rig.path}/s-0000000001`, 0);
    expect(await session.exists(`${rig.path}/s-0000000001`)).toBeUndefined();
  });

  it('is refused with the code that says why', async () => {
    const session = await rig.connected();
    await session.create(rig.path, data(''), 'persistent');
    await expect(session.create(rig.path, data(''), 'persistent')).rejects.toMatchObject({ code: 'NODE_EXISTS' });
    await expect(session.getData(`${rig.path}/x`)).rejects.toMatchObject({ code: 'NO_NODE' });
    await expect(session.setData(rig.path, data(''), 3)).rejects.toMatchObject({ code: 'BAD_VERSION' });
    await session.setData(rig.path, data(''), 0);
    await expect(session.setData(rig.path, data(''), 0)).rejects.toMatchObject({ code: 'BAD_VERSION' });
    await expect(session.getData('no/path')).rejects.toMatchObject({ code: 'NOT_SENT' });
  });

  it('of several steps is done as a whole or not at all, and tells the step that failed', async () => {
    const session = await rig.connected();
    await session.create(rig.path, data('a'), 'persistent');
    await session.setData(rig.path, data('b'), 0);
    const create = { op: 'create', path: `${rig.path}/c`, data: data(''), kind: 'ephemeral' } as const;
    const setData = (version: number) => ({ op: 'setData', path: rig.path, data: data('c'), version }) as const;
    await expect(session.multi([create, setData(7)])).rejects.toMatchObject({ code: 'BAD_VERSION' });
    await expect(session.multi([setData(7), create])).rejects.toMatchObject({ code: 'BAD_VERSION' });
    expect(await session.exists(create.path)).toBeUndefined();
    await session.multi([setData(1), create]);
    await expect(session.multi([setData(2), create])).rejects.toMatchObject({ code: 'NODE_EXISTS' });
    expect((await session.getData(rig.path)).stat.version).toBe(2);
  });

  it.each([0, -1, Number.NaN])(
    'of several steps never goes out with version %s, which would guard nothing',
    async version => {
      const session = await rig.connected();
      await session.create(rig.path, data('a'), 'persistent');
      const step = { op: 'setData', path: rig.path, data: data('b'), version } as const;
      await expect(session.multi([step])).rejects.toMatchObject({ code: 'NOT_SENT' });
      expect((await session.getData(rig.path)).data).toEqual(data('a'));
    },
  );
});

describe('a lost connection', () => {
  it('leaves what was under way unknown, and the session goes on', async () => {
    const session = await rig.connected();
    const id = session.sessionId;
    rig.proxy.goSilent();
    const pending = expect(session.exists('/')).rejects.toMatchObject({ code: 'UNKNOWN' });
    rig.proxy.cut();
    await pending;
    rig.proxy.pass();
    expect(await untilConnected(session)).toBe(id);
    expect(await session.exists('/')).toBeDefined();
  });

  it('never sends later what was asked for meanwhile', async () => {
    const session = await rig.connected();
    await session.create(rig.path, data('a'), 'persistent');
    rig.proxy.goSilent();
    rig.proxy.cut();
    await untilDisconnected(session);
    const calls = [
      session.setData(rig.path, data('b'), -1),
      session.exists('/'),
      session.create(`${rig.path}/c`, data(''), 'persistent'),
    ];
    for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'NOT_SENT' });
    rig.proxy.pass();
    await untilConnected(session);
    expect(await session.getData(rig.path)).toMatchObject({ data: data('a'), stat: { version: 0, cversion: 0 } });
  });

  it('with the answer to a creation lost creates one node', async () => {
    const session = await rig.connected();
    await session.create(rig.path, data(''), 'persistent');
    const lost = rig.proxy.loseNextReply();
    await expect(session.create(`${rig.path}/n-`, data('mine'), 'sequential')).rejects.toMatchObject({
      code: 'UNKNOWN',
    });
    await lost;
    await untilConnected(session);
    expect((await session.getChildren(rig.path)).names).toEqual(['n-0000000000']);
  });

  it('with the answer to a write lost writes once', async () => {
    const session = await rig.connected();
    await session.create(rig.path, data('a'), 'persistent');
    const lost = rig.proxy.loseNextReply();
    await expect(session.setData(rig.path, data('b'), 0)).rejects.toMatchObject({ code: 'UNKNOWN' });
    await lost;
    await untilConnected(session);
    expect(await session.getData(rig.path)).toMatchObject({ data: data('b'), stat: { version: 1 } });
  });

  it('to a server that was killed is made anew when it is back, in the same session', async () => {
    const session = await rig.connected({ timeoutMs: 2000 });
    const id = session.sessionId;
    await session.create(rig.path, data('a'), 'ephemeral');
    await rig.server.kill();
    await untilDisconnected(session);
    await expect(session.exists('/')).rejects.toMatchObject({ code: 'NOT_SENT' });
    await rig.server.restart();
    expect(await untilConnected(session)).toBe(id);
    expect((await session.exists(rig.path))?.ephemeralOwner).toBe(id);
  });
});

describe('a silent server', () => {
  it('is noticed by the deadline of a request', async () => {
    const session = await rig.connected({ timeoutMs: 200 });
    rig.proxy.goSilent();
    await expect(session.exists('/')).rejects.toMatchObject({ code: 'UNKNOWN', message: /within 200 ms/ });
    await untilDisconnected(session);
    rig.proxy.pass();
    await untilConnected(session);
  });

  it('is noticed by the heartbeat when nothing is asked', async () => {
    const listener = listening();
    const session = await rig.connected({ ...SHORT, system: listener.system });
    rig.proxy.goSilent();
    await untilDisconnected(session);
    expect(listener.reasons[0]).toMatch(/^no answer within \d+ ms$/);
    rig.proxy.pass();
    await untilConnected(session);
  });

  it('that is frozen as a process is noticed, and used again when it thaws', async () => {
    const session = await rig.connected(SHORT);
    await rig.server.pause();
    await untilDisconnected(session);
    await rig.server.resume();
    await untilConnected(session);
    expect(await session.exists('/')).toBeDefined();
  });

  it('that accepts and never shakes hands does not keep us from a healthy one', async () => {
    const other = await rig.newProxy();
    const proxies = [rig.proxy, other];
    const url = `zookeeper://${proxies.map(proxy => `${proxy.host}:${proxy.port}`).join(',')}`;
    // The handshake's turn comes long before the session would be given up.
    const session = await rig.connected({ sessionTimeoutMs: 4000, timeoutMs: 200 }, url);
    const id = session.sessionId;
    for (const proxy of proxies) proxy.goSilent();
    await expect(session.exists('/')).rejects.toMatchObject({ code: 'UNKNOWN' });
    await untilDisconnected(session);
    const hung = await waitUntil('a handshake that hangs', () => proxies.find(proxy => proxy.connectionCount > 0));
    const healthy = proxies.find(proxy => proxy !== hung)!;
    healthy.cut();
    healthy.pass();
    expect(await untilConnected(session)).toBe(id);
    await waitUntil('the healthy server to be used', () => healthy.connectionCount === 1);
    expect(await session.exists('/')).toBeDefined();
  });

  it('that only answers late is waited for up to the deadline', async () => {
    const session = await rig.connected({ timeoutMs: 500 });
    rig.proxy.delay(20);
    expect(await session.exists('/')).toBeDefined();
    rig.proxy.delay(2000);
    await expect(session.exists('/')).rejects.toMatchObject({ code: 'UNKNOWN' });
    rig.proxy.pass();
    await untilConnected(session);
  });
});

describe('an expired session', () => {
  it('is replaced by a new one, and its ephemeral nodes are gone', async () => {
    const witness = await rig.witness();
    const listener = listening();
    const session = await rig.connected({ ...SHORT, system: listener.system });
    const id = session.sessionId;
    await session.create(rig.path, data(''), 'ephemeral');
    rig.proxy.goSilent();
    await waitUntil('the server to expire it', async () => (await witness.exists(rig.path)) === undefined);
    rig.proxy.pass();
    await waitUntil('another session', () => session.sessionId !== undefined && session.sessionId !== id);
    expect(listener.reasons).toContain('the session expired');
    expect(await session.create(rig.path, data(''), 'ephemeral')).toBe(rig.path);
    expect((await witness.exists(rig.path))?.ephemeralOwner).toBe(session.sessionId);
  });
});

describe('credentials', () => {
  it('keep others from what was created with them', async () => {
    const url = rig.proxyUrl.replace('//', '//frond:s%40cret@');
    const session = await rig.connected({}, url);
    await session.create(rig.path, data('a'), 'persistent');
    await expect((await rig.witness()).getData(rig.path)).rejects.toMatchObject({ code: 'NO_AUTH' });
    const again = await rig.connected({}, url);
    expect((await again.getData(rig.path)).data).toEqual(data('a'));
    expect(session.name).not.toMatch(/cret|frond:/);
  });

  it('are known to the server again before the first request after a reconnect', async () => {
    const session = await rig.connected({}, rig.proxyUrl.replace('//', '//frond:secret@'));
    await session.create(rig.path, data('a'), 'persistent');
    rig.proxy.goSilent();
    rig.proxy.cut();
    await untilDisconnected(session);
    rig.proxy.pass();
    await untilConnected(session);
    expect((await session.getData(rig.path)).data).toEqual(data('a'));
  });
});
