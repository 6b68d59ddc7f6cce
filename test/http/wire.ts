import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { assertContract } from '../support/contract/api-contract.ts';
import { assertRawContract } from '../support/contract/raw-exchange.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface Ask {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly agent?: Agent;
}

/** One request on a connection of its own (or the agent's). Its answer is held against the API document. */
export async function ask(port: number, path: string, { method = 'GET', headers = {}, body, agent }: Ask = {}) {
  const answer = await new Promise<Answer>((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, method, headers, agent: agent ?? new Agent({ keepAlive: false }) };
    const req = request(options, res => {
      const chunks: Buffer[] = [];
      res.on('data', chunk => chunks.push(chunk));
      res.on('end', () => {
        resolve({ status: res.statusCode!, headers: res.headers, text: Buffer.concat(chunks).toString() });
      });
      res.on('error', reject);
    });
    req.on('error', reject);
    req.end(body);
  });
  assertContract({ method, target: path, ...answer });
  return answer;
}

/** A connection on which `bytes` were written. */
export async function open(port: number, bytes: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await new Promise((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  socket.write(bytes, 'latin1');
  return socket;
}

/** Everything that comes back until the server closes; a reset ends it too. */
export function readAll(socket: Socket): Promise<string> {
  return new Promise(resolve => {
    let text = '';
    socket.setEncoding('latin1');
    socket.on('data', chunk => {
      text += chunk;
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(text));
  });
}

/** Writes `bytes` and reads until the server closes. Whole answers are held against the API document. */
export async function exchange(port: number, bytes: string): Promise<string> {
  const text = await readAll(await open(port, bytes));
  assertRawContract(bytes, text);
  return text;
}

/** Waits for a condition that something else brings about; each turn runs the event loop once. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(resolve => setImmediate(resolve));
}
