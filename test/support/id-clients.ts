import type { Service } from './service.ts';

/** What clients of one path got from one incarnation of a service. */
export interface Harvest {
  readonly ids: string[];
  /** Answers that were no ID, by status and code. */
  readonly refusals: Map<string, number>;
  /** Calls that got no answer at all. */
  broken: number;
}

/** Clients that ask for IDs in closed loops until they are stopped. */
export class IdClients {
  readonly harvests: ReadonlyMap<string, Harvest>;
  readonly #service: Service;
  readonly #loops: Promise<void>[] = [];
  #running = true;

  /** @param loops clients of each path */
  constructor(service: Service, paths: readonly string[], loops = 2) {
    this.#service = service;
    this.harvests = new Map(paths.map(path => [path, { ids: [], refusals: new Map(), broken: 0 }]));
    for (const path of paths) for (let i = 0; i < loops; i++) this.#loops.push(this.#loop(path));
  }

  of(path: string): Harvest {
    return this.harvests.get(path)!;
  }

  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#loops);
  }

  async #loop(path: string): Promise<void> {
    const harvest = this.of(path);
    while (this.#running) {
      try {
        const { status, text } = await this.#service.get(path);
        if (status === 200) harvest.ids.push(text);
        else {
          const kind = `${status} ${(JSON.parse(text) as { code: string }).code}`;
          harvest.refusals.set(kind, (harvest.refusals.get(kind) ?? 0) + 1);
        }
      } catch {
        harvest.broken++;
        await new Promise(resolve => setImmediate(resolve));
      }
    }
  }
}
