import { Agent, request } from 'node:http';

/** Clients that keep their connection, each its own, until an answer says that it is the last. */
export class LoyalClients {
  /** The IDs of each client in their order. */
  readonly ids: readonly bigint[][];
  /** Whatever was no ID. */
  readonly failures: string[] = [];
  /** Connections that the service ended with an answer. */
  dismissals = 0;
  readonly #url: string;
  readonly #loops: Promise<void>[];
  readonly #returns: boolean;
  #running = true;

  /** @param returns whether a client comes back on a new connection when its own was ended */
  constructor(url: string, count: number, returns: boolean) {
    this.#url = `${url}/id/snowflake`;
    this.#returns = returns;
    this.ids = Array.from({ length: count }, () => []);
    this.#loops = this.ids.map(ids => this.#loop(ids));
  }

  /** Resolves when every client was dismissed. */
  async dismissed(): Promise<void> {
    await Promise.all(this.#loops);
  }

  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#loops);
  }

  async #loop(ids: bigint[]): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    while (this.#running) {
      const isLast = await this.#ask(agent, ids).catch(error => {
        this.failures.push(String(error));
        return true;
      });
      if (isLast) this.dismissals += 1;
      if (isLast && !this.#returns) break;
    }
    agent.destroy();
  }

  /** True when the connection ends with this answer. */
  #ask(agent: Agent, ids: bigint[]): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const sent = request(this.#url, { agent }, response => {
        let text = '';
        response.on('data', chunk => {
          text += chunk;
        });
        response.on('error', reject);
        response.on('end', () => {
          if (response.statusCode === 200) ids.push(BigInt(text));
          // The lead is used up where the machine is too busy to renew it.
          else if (!text.includes('"LIMIT_REACHED"')) this.failures.push(`${response.statusCode} ${text}`);
          resolve(response.headers.connection === 'close');
        });
      });
      sent.on('error', reject);
      sent.end();
    });
  }
}
