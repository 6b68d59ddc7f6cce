import { ZookeeperSession } from '../../../src/stores/zookeeper/zookeeper-session.ts';
import { parseZookeeperUrl } from '../../../src/stores/zookeeper/zookeeper-url.ts';
import { realSystem } from '../../../src/system/system.ts';

const READY_WITHIN_MS = 60_000;

/**
 * Resolves when a session can be opened at `url`.
 * @param obituary why no server will ever answer there; undefined while one may
 * @throws Error with the obituary, or after a minute
 */
export async function untilZookeeperAnswers(url: string, obituary: () => string | undefined): Promise<void> {
  const startedMs = performance.now();
  for (;;) {
    const session = new ZookeeperSession({ address: parseZookeeperUrl(url), system: realSystem, timeoutMs: 5000 });
    try {
      await session.connect(500);
      await session.exists('/');
      return;
    } catch (error) {
      const end = obituary();
      if (end !== undefined) throw new Error(end, { cause: error });
      if (performance.now() - startedMs > READY_WITHIN_MS) {
        throw new Error(`no ZooKeeper answered on ${url} within ${READY_WITHIN_MS / 1000} s`, { cause: error });
      }
    } finally {
      await session.close();
    }
  }
}
