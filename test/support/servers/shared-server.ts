import type { LocalServer, Runtime } from './local-server.ts';
import type { Service } from './server-desk.ts';
import type { ChosenRuntime } from './server-runtime.ts';

export interface SharedServerParts {
  /** What the desk calls it, lower-case letters. */
  readonly service: string;
  /** What people call it. */
  readonly title: string;
  /** The environment variable with the URL of a server that is to be used instead. */
  readonly variable: string;
  /** See `chooseServerRuntime`. */
  readonly choose: (mayInstall: boolean) => ChosenRuntime;
  /** A server that is not started yet. */
  readonly create: (runtime: Runtime) => LocalServer & { readonly url: string };
  readonly untilAnswers: (url: string, obituary: () => string | undefined) => Promise<void>;
}

/**
 * A server that all test files share, started when the first one asks for it. The desk offers its URL as `<service>`,
 * and how to run a server of one's own as `<service>-runtime`.
 */
export class SharedServer {
  readonly services: Readonly<Record<string, Service>>;
  readonly #parts: SharedServerParts;
  readonly #givenUrl: string | undefined;
  #server: LocalServer | undefined;
  #chosen: ChosenRuntime | undefined;

  constructor(parts: SharedServerParts) {
    this.#parts = parts;
    this.#givenUrl = process.env[parts.variable];
    this.services = {
      [parts.service]: () => this.#url(),
      [`${parts.service}-runtime`]: async () => this.#choose().runtime,
    };
  }

  async close(): Promise<void> {
    await this.#server?.stop();
  }

  async #url(): Promise<string> {
    const { title, variable, create, untilAnswers } = this.#parts;
    const startedMs = performance.now();
    const say = (what: string) =>
      console.log(`${title} for the tests: ${what}, ready in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
    if (this.#givenUrl) {
      await untilAnswers(this.#givenUrl, () => undefined);
      say(`the server of ${variable}`);
      return this.#givenUrl;
    }
    const { runtime, why } = this.#choose();
    const server = create(runtime);
    this.#server = server;
    await server.start();
    say(`${why}, port ${server.port}`);
    return server.url;
  }

  #choose(): ChosenRuntime {
    this.#chosen ??= this.#parts.choose(!this.#givenUrl);
    return this.#chosen;
  }
}
