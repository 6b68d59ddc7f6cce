import { ComposeProject, DockerServer } from './docker-server.ts';
import type { MysqlServer } from './local-server.ts';
import { untilMysqlAnswers } from './mysql-ready.ts';

const PORT = 'FROND_TEST_MYSQL_PORT';

/** A container of `compose.yaml` in a Compose project of its own. */
export class DockerMysql extends DockerServer implements MysqlServer {
  constructor() {
    super(new ComposeProject('compose.yaml', [PORT]), 'mysql', PORT);
  }

  get url(): string {
    return `mysql://root:frond@${this.host}:${this.port}`;
  }

  protected untilReady(): Promise<void> {
    return untilMysqlAnswers(this.url, () => undefined);
  }
}
