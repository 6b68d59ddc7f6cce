import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { reasonOf } from '../../../src/errors.ts';

/** Makes something once, at the first request for it. The answer must survive JSON. */
export type Service = () => Promise<unknown>;

/**
 * Test files run in processes of their own, yet share servers. The desk stands in the main process: whoever asks first
 * for a service has it made, all others get the same one, and who asks for none waits for none.
 */
export class ServerDesk {
  readonly #made = new Map<string, Promise<unknown>>();
  readonly #server = createServer(async (request, response) => {
    const name = (request.url ?? '').slice(1);
    try {
      response.end(JSON.stringify({ value: await this.#get(name) }));
    } catch (error) {
      response.end(JSON.stringify({ error: reasonOf(error) }));
    }
  });
  readonly #services: Readonly<Record<string, Service>>;

  constructor(services: Readonly<Record<string, Service>>) {
    this.#services = services;
  }

  /** Opens the desk; resolves with its address. */
  async open(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await Promise.allSettled(this.#made.values());
  }

  #get(name: string): Promise<unknown> {
    const service = this.#services[name];
    if (!service) return Promise.reject(new Error(`the desk knows no service ${name}`));
    const made = this.#made.get(name) ?? service();
    this.#made.set(name, made);
    return made;
  }
}

/** Asks the desk at `address` for a service. @throws Error with the reason that the desk gave */
export async function askDesk<T>(address: string, service: string): Promise<T> {
  const response = await fetch(`${address}/${service}`);
  const answer = (await response.json()) as { value: T } | { error: string };
  if ('error' in answer) throw new Error(answer.error);
  return answer.value;
}
