import { describe, expect, it } from 'vitest';
import { waitUntil } from '../../support/wait-until.ts';
import { untilDisconnected, ZookeeperRig } from '../../support/zookeeper-rig.ts';

const rig = new ZookeeperRig();
const NOTHING = Buffer.alloc(0);

// After each of these the rig demands that no connection is left; an uncaught error fails the run.
describe('closing', () => {
  it('a session that never connected', async () => {
    const session = rig.session();
    await session.close();
    await expect(session.connect(1000)).rejects.toMatchObject({ code: 'NOT_SENT' });
    await expect(session.exists('/')).rejects.toMatchObject({ code: 'NOT_SENT', message: /closed by this process/ });
  });

  it('in the very moment of connecting', async () => {
    const session = rig.session();
    const connecting = expect(session.connect(20_000)).rejects.toMatchObject({ code: 'NOT_SENT' });
    await session.close();
    await connecting;
    // Whatever had been begun would be there by the time that a later session works.
    await (await rig.witness()).exists('/');
    expect(rig.proxy.connectionCount).toBe(0);
  });

  it('a connected session ends it at the server at once', async () => {
    const session = await rig.connected();
    const witness = await rig.witness();
    await session.create(rig.path, NOTHING, 'ephemeral');
    await session.close();
    expect(await witness.exists(rig.path)).toBeUndefined();
    await session.close();
  });

  it('with requests under way settles them all', async () => {
    const session = await rig.connected();
    rig.proxy.goSilent();
    const calls = Array.from({ length: 20 }, () => session.exists('/'));
    const settled = Promise.allSettled(calls);
    await session.close();
    expect((await settled).map(each => each.status)).toEqual(calls.map(() => 'rejected'));
  });

  it('while a handshake hangs', async () => {
    rig.proxy.goSilent();
    const session = rig.session();
    const connecting = expect(session.connect(20_000)).rejects.toMatchObject({ code: 'NOT_SENT' });
    await waitUntil('the handshake', () => rig.proxy.connectionCount === 1);
    await session.close();
    await connecting;
    rig.proxy.pass();
  });

  it('in an outage, whose end then wakes nobody', async () => {
    const session = await rig.connected();
    await rig.server.kill();
    await untilDisconnected(session);
    await session.close();
    await rig.server.restart();
    await (await rig.witness()).exists('/');
    expect(rig.proxy.connectionCount).toBe(0);
  });

  it('in the pause before a new session', async () => {
    const session = await rig.connected({ sessionTimeoutMs: 400, timeoutMs: 100 });
    const witness = await rig.witness();
    await session.create(rig.path, NOTHING, 'ephemeral');
    await rig.server.pause();
    await untilDisconnected(session);
    await session.close();
    await rig.server.resume();
    await waitUntil('the server to notice', async () => (await witness.exists(rig.path)) === undefined);
    expect(rig.proxy.connectionCount).toBe(0);
  });
});
