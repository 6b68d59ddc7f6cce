import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { Service } from '../support/service.ts';
import { waitUntil } from '../support/wait-until.ts';

it('A process that is stopped while it starts does not say that it started', { timeout: 60_000 }, async () => {
  // A database that takes connections, and says nothing until the stop has begun.
  const sockets = new Set<Socket>();
  const database = createServer(socket => sockets.add(socket.on('error', () => {}))).listen(0, '127.0.0.1');
  await once(database, 'listening');
  const { port } = database.address() as AddressInfo;
  const store = `mysql://nobody@127.0.0.1:${port}/none`;
  const env = { FROND_SEGMENT_STORE: store, FROND_STORE_TIMEOUT_MS: '30000', FROND_WORKER_SLOTS: 'off' };
  const service = new Service({ env });
  const said = (text: string) => service.log.some(line => line.msg.startsWith(text));
  try {
    await service.start();
    await waitUntil('it to ask the database', () => sockets.size > 0);
    service.signal('SIGTERM');
    await waitUntil('the stop to begin', () => said('stopping;'));
    database.close();
    for (const socket of sockets) socket.destroy();
    await waitUntil('the stop', () => service.exitCode !== null);
    expect(service.exitCode).toBe(0);
    await waitUntil('the last line', () => said('stopped'));
    expect(said('started')).toBe(false);
  } finally {
    database.close();
    await service.remove();
  }
});
