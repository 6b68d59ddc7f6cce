import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ZookeeperSession } from '../../../src/stores/zookeeper/zookeeper-session.ts';
import { answer, FAKE_SESSION, FakeZookeeper } from '../../support/fake-zookeeper.ts';
import { newSession } from '../../support/zookeeper.ts';
import { untilConnected } from '../../support/zookeeper-rig.ts';

const SUCCESS = (xid: number) => ({ bytes: answer(xid, 0) });
const QUOTA_EXCEEDED = -125;

let server: FakeZookeeper;
let session: ZookeeperSession;

beforeEach(async () => {
  server = new FakeZookeeper();
  await server.start();
  session = newSession(server.url, { sessionTimeoutMs: 30_000, timeoutMs: 5000 });
  await session.connect(20_000);
});

afterEach(async () => {
  await session.close();
  await server.stop();
});

/** The session goes on in a connection of its own, and its next request is answered. */
async function expectRecovery(): Promise<void> {
  server.reply = SUCCESS;
  expect(await untilConnected(session)).toBe(FAKE_SESSION);
  await session.remove('/x', 0);
  expect(server.handshakes).toBe(2);
}

// An error thrown inside the driver would be an uncaught one and fail the run.
describe('an answer that the driver does not understand', () => {
  it('for an error code that it does not know leaves the outcome unknown and the session alive', async () => {
    server.reply = xid => ({ bytes: answer(xid, QUOTA_EXCEEDED) });
    await expect(session.remove('/x', 0)).rejects.toMatchObject({ code: 'UNKNOWN', message: /-125/ });
    await expectRecovery();
  });

  it('with a body that ends too early likewise', async () => {
    server.reply = xid => ({ bytes: answer(xid, 0, Buffer.from([1])) });
    await expect(session.exists('/x')).rejects.toMatchObject({ code: 'UNKNOWN' });
    await expectRecovery();
  });

  it('to a request that nobody made likewise', async () => {
    server.reply = xid => ({ bytes: answer(xid + 17, 0) });
    await expect(session.remove('/x', 0)).rejects.toMatchObject({ code: 'UNKNOWN' });
    await expectRecovery();
  });

  it.each([3, 11, 19])('of which only %i bytes arrive does not spoil the next handshake', async lengthBytes => {
    server.reply = xid => ({ bytes: answer(xid, 0).subarray(0, lengthBytes), destroy: true });
    await expect(session.remove('/x', 0)).rejects.toMatchObject({ code: 'UNKNOWN' });
    await expectRecovery();
  });
});
