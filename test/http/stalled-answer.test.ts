import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { cutIfStalled } from '../../src/http/stalled-answer.ts';
import { open, until } from './wire.ts';

const requestOf = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
let stallMs: number;
let server: Server;
let port: number;
let connections: number;
/** What its connection's timer stood at when a request came, and when it had been handled; 0: none. */
let timersMs: { readonly before: number; readonly after: number }[];

beforeEach(async () => {
  stallMs = 60_000;
  connections = 0;
  timersMs = [];
  server = createServer(async ({ socket, url }, res) => {
    const before = socket.timeout ?? 0;
    const answered = url === '/later' ? setImmediate() : undefined;
    if (answered === undefined) res.end('x');
    cutIfStalled(socket, res, stallMs);
    timersMs.push({ before, after: socket.timeout ?? 0 });
    await answered;
    if (answered !== undefined) res.end('x');
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
  stallMs = 100;
  const stuck = await open(port, '');
  stuck.on('error', () => {});
  stuck.pause();
  const isStuck = () => timersMs.at(-1)?.after === stallMs;
  for (let asked = 40; !isStuck(); asked += 40) {
    stuck.write(requestOf('/').repeat(40));
    while (timersMs.length < asked && !isStuck()) await setImmediate();
  }
  expect(timersMs.length).toBeGreaterThan(1000);
  await until(() => connections === 0);
  stuck.destroy();
});

it('sets a timer only for answers that are not out, and only until they are', async () => {
  const socket = await open(port, '');
  for (const path of ['/', '/later', '/', '/later', '/later']) {
    const answered = once(socket, 'data');
    socket.write(requestOf(path));
    await answered;
  }
  expect(timersMs.map(({ after }) => after)).toEqual([0, stallMs, 0, stallMs, stallMs]);
  expect(timersMs.map(({ before }) => before)).toEqual([0, 0, 0, 0, 0]);
  socket.destroy();
});
