import { ZookeeperSession } from '../../../src/stores/zookeeper/zookeeper-session.ts';
import { parseZookeeperUrl } from '../../../src/stores/zookeeper/zookeeper-url.ts';
import { realSystem } from '../../../src/system/system.ts';
import { untilAnswers } from './until-answers.ts';

/**
 * Resolves when a session can be opened at `url`.
 * @param obituary text as soon as the server is known to be dead
 * @throws Error with the obituary, or after a minute
 */
export function untilZookeeperAnswers(url: string, obituary: () => string | undefined): Promise<void> {
  return untilAnswers({ event: `ZooKeeper answered on ${url}`, withinMs: 60_000, obituary }, async () => {
    const session = new ZookeeperSession({ address: parseZookeeperUrl(url), system: realSystem, timeoutMs: 5000 });
    try {
      await session.connect(500);
      await session.exists('/');
    } finally {
      await session.close();
    }
  });
}
