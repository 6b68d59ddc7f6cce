import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { ZookeeperServer } from './local-server.ts';

export type ZookeeperMode = 'leader' | 'follower' | 'standalone';

/** What a server is in its ensemble, by its command `srvr`; undefined while it serves nobody. @throws when it is dead */
export async function modeOf({ host, port }: ZookeeperServer): Promise<ZookeeperMode | undefined> {
  const socket = connect(port, host);
  socket.end('srvr');
  return /^Mode: (\w+)$/m.exec(await text(socket))?.[1] as ZookeeperMode | undefined;
}
