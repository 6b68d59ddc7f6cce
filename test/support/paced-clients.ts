import type { Harvest } from './id-clients.ts';
import type { Service } from './service.ts';

/** Clients that ask for IDs at a fixed rate until they are stopped, whether or not earlier calls were answered. */
export class PacedClients {
  /** Each ID stands behind its path. */
  readonly harvest: Harvest = { ids: [], refusals: new Map(), broken: 0 };
  readonly #service: Service;
  readonly #calls = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;

  /** @param everyMs between two calls, of one path after the other */
  constructor(service: Service, paths: readonly string[], everyMs: number) {
    this.#service = service;
    let calls = 0;
    this.#timer = setInterval(() => {
      const call: Promise<void> = this.#call(paths[calls++ % paths.length]!).finally(() => this.#calls.delete(call));
      this.#calls.add(call);
    }, everyMs);
  }

  /** Resolves when every call was answered. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#calls);
  }

  async #call(path: string): Promise<void> {
    const { ids, refusals } = this.harvest;
    try {
      const { status, text } = await this.#service.get(path);
      if (status === 200) {
        ids.push(`${path} ${text}`);
        return;
      }
      const kind = `${status} ${(JSON.parse(text) as { code: string }).code}`;
      refusals.set(kind, (refusals.get(kind) ?? 0) + 1);
    } catch {
      this.harvest.broken++;
    }
  }
}
