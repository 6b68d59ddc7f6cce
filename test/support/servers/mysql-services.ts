import type { MysqlServer, Runtime } from './local-server.ts';
import { DockerMysql } from './mysql-docker.ts';
import { NativeMysql } from './mysql-native.ts';
import { untilMysqlAnswers } from './mysql-ready.ts';
import { type ChosenRuntime, chooseMysqlRuntime } from './mysql-runtime.ts';
import type { Service } from './server-desk.ts';

/** What the desk offers of MySQL: `mysql` is the URL of the shared server, `mysql-runtime` how to run one's own. */
export class MysqlServices {
  #shared: MysqlServer | undefined;
  #chosen: ChosenRuntime | undefined;
  readonly #givenUrl = process.env['FROND_TEST_MYSQL_URL'];

  readonly services: Readonly<Record<string, Service>> = {
    mysql: () => this.#url(),
    'mysql-runtime': async () => this.#choose().runtime,
  };

  async close(): Promise<void> {
    await this.#shared?.stop();
  }

  async #url(): Promise<string> {
    const startedMs = performance.now();
    const say = (what: string) =>
      console.log(`MySQL for the tests: ${what}, ready in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
    if (this.#givenUrl) {
      await untilMysqlAnswers(this.#givenUrl, () => undefined);
      say('the server of FROND_TEST_MYSQL_URL');
      return this.#givenUrl;
    }
    const { runtime, why } = this.#choose();
    this.#shared = newMysql(runtime);
    await this.#shared.start();
    say(`${why}, port ${this.#shared.port}`);
    return this.#shared.url;
  }

  #choose(): ChosenRuntime {
    this.#chosen ??= chooseMysqlRuntime(!this.#givenUrl);
    return this.#chosen;
  }
}

/** A server that is not started yet. */
export function newMysql(runtime: Runtime): MysqlServer {
  return runtime.kind === 'docker' ? new DockerMysql() : new NativeMysql(runtime.binary);
}
