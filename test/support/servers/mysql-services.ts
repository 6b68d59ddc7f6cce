import type { MysqlServer, Runtime } from './local-server.ts';
import { DockerMysql } from './mysql-docker.ts';
import { NativeMysql } from './mysql-native.ts';
import { untilMysqlAnswers } from './mysql-ready.ts';
import { chooseMysqlRuntime } from './mysql-runtime.ts';
import { SharedServer } from './shared-server.ts';

/** What the desk offers of MySQL: `mysql` is the URL of the shared server, `mysql-runtime` how to run one's own. */
export class MysqlServices extends SharedServer {
  constructor() {
    super({
      service: 'mysql',
      title: 'MySQL',
      variable: 'FROND_TEST_MYSQL_URL',
      choose: chooseMysqlRuntime,
      create: newMysql,
      untilAnswers: untilMysqlAnswers,
    });
  }
}

/** A server that is not started yet. */
export function newMysql(runtime: Runtime): MysqlServer {
  return runtime.kind === 'docker' ? new DockerMysql() : new NativeMysql(runtime.binary);
}
