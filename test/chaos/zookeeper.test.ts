import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SERVER_SETUP_MS } from '../support/mysql.ts';
import type { ZookeeperServer } from '../support/servers/local-server.ts';
import { startOwnZookeeper } from '../support/zookeeper.ts';
import { runChaos } from './chaos.ts';

const SEED = 1;
const SECONDS = 12;
/** The faults, the start of five processes, and the minute that each has to recover. */
const LIMIT_MS = 120_000;

describe('five processes on one ZooKeeper', () => {
  let server: ZookeeperServer;
  beforeAll(async () => {
    server = await startOwnZookeeper();
  }, SERVER_SETUP_MS);
  afterAll(() => server?.stop());

  it(
    'give no ID twice while processes, networks, clocks and ZooKeeper fail, and all come back',
    async () => {
      const report = await runChaos({ server, seed: SEED, seconds: SECONDS });
      expect([...report.failures, ...(report.failures.length > 0 ? report.story : [])]).toEqual([]);
      expect(report.duplicated).toBe(0);
      expect(report.acknowledged).toBeGreaterThan(1000);
      expect(report.faults.size).toBeGreaterThan(5);
      expect(report.starts).toBeGreaterThan(5);
    },
    LIMIT_MS,
  );
});
