import { sharedMysqlUrl } from '../support/mysql.ts';
import { newMysqlPool } from './pools.ts';
import { poolSuite } from './suite.ts';

poolSuite('MySQL', sharedMysqlUrl, newMysqlPool);
