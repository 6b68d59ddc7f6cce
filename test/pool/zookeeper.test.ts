import { sharedZookeeperUrl } from '../support/zookeeper.ts';
import { newZookeeperPool } from './pools.ts';
import { poolSuite } from './suite.ts';

poolSuite('ZooKeeper', sharedZookeeperUrl, newZookeeperPool);
