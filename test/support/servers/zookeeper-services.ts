import type { Runtime, ZookeeperOptions, ZookeeperServer } from './local-server.ts';
import type { ChosenRuntime } from './mysql-runtime.ts';
import type { Service } from './server-desk.ts';
import { DockerZookeeper } from './zookeeper-docker.ts';
import { NativeZookeeper } from './zookeeper-native.ts';
import { untilZookeeperAnswers } from './zookeeper-ready.ts';
import { chooseZookeeperRuntime } from './zookeeper-runtime.ts';

/** What the desk offers of ZooKeeper: `zookeeper` is the URL of the shared server, `zookeeper-runtime` how to run one's own. */
export class ZookeeperServices {
  #shared: ZookeeperServer | undefined;
  #chosen: ChosenRuntime | undefined;
  readonly #givenUrl = process.env['FROND_TEST_ZOOKEEPER_URL'];

  readonly services: Readonly<Record<string, Service>> = {
    zookeeper: () => this.#url(),
    'zookeeper-runtime': async () => this.#choose().runtime,
  };

  async close(): Promise<void> {
    await this.#shared?.stop();
  }

  async #url(): Promise<string> {
    const startedMs = performance.now();
    const say = (what: string) =>
      console.log(
        `ZooKeeper for the tests: ${what}, ready in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`,
      );
    if (this.#givenUrl) {
      await untilZookeeperAnswers(this.#givenUrl, () => undefined);
      say('the server of FROND_TEST_ZOOKEEPER_URL');
      return this.#givenUrl;
    }
    const { runtime, why } = this.#choose();
    this.#shared = newZookeeper(runtime);
    await this.#shared.start();
    say(`${why}, port ${this.#shared.port}`);
    return this.#shared.url;
  }

  #choose(): ChosenRuntime {
    this.#chosen ??= chooseZookeeperRuntime(!this.#givenUrl);
    return this.#chosen;
  }
}

/** A server that is not started yet. */
export function newZookeeper(runtime: Runtime, options: ZookeeperOptions = {}): ZookeeperServer {
  return runtime.kind === 'docker' ? DockerZookeeper.alone(options) : new NativeZookeeper(runtime.binary, options);
}

/** The three servers of an ensemble that is not started yet. */
export async function newEnsemble(
  runtime: Runtime,
  options: ZookeeperOptions = {},
): Promise<readonly ZookeeperServer[]> {
  return runtime.kind === 'docker' ? DockerZookeeper.three(options) : NativeZookeeper.three(runtime.binary, options);
}
