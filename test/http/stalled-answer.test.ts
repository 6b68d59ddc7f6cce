import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { cutIfStalled } from '../../src/http/stalled-answer.ts';
import { open, until } from './wire.ts';

const REQUEST = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const STALL_MS = 100;

let server: Server;
let port: number;
let connections: number;
/** What each connection's timer stood at when a request had been handled; 0: none. */
let timersMs: number[];

beforeEach(async () => {
  connections = 0;
  timersMs = [];
  server = createServer((req, res) => {
    res.end('x');
    cutIfStalled(req.socket, res, STALL_MS);
    timersMs.push(req.socket.timeout ?? 0);
  });
  server.on('connection', socket => {
    connections += 1;
    socket.once('close', () => {
      connections -= 1;
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  port = (server.address() as AddressInfo).port;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise(resolve => server.close(resolve));
});

it('cuts a connection whose kernel takes no more answers, however small, though nothing is asked any more', async () => {
  const stuck = await open(port, '');
  stuck.on('error', () => {});
  stuck.pause();
  const isStuck = () => timersMs.at(-1) === STALL_MS;
  for (let asked = 40; !isStuck(); asked += 40) {
    stuck.write(REQUEST.repeat(40));
    while (timersMs.length < asked && !isStuck()) await setImmediate();
  }
  expect(timersMs.length).toBeGreaterThan(1000);
  await until(() => connections === 0);
  stuck.destroy();
});

it('sets no timer for answers that are out', async () => {
  const socket = await open(port, '');
  for (let i = 0; i < 3; i++) {
    socket.write(REQUEST);
    await once(socket, 'data');
  }
  expect(timersMs).toEqual([0, 0, 0]);
  socket.destroy();
});
