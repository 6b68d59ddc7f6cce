import type { MysqlSession } from './mysql-session.ts';

const TRIES = 3;

interface Seen {
  readonly host: string;
  readonly port: number | string;
  readonly id: number | string;
  readonly nowS: number | string;
}

const LOOK = 'SELECT @@hostname AS host, @@port AS port, @@server_id AS id, UNIX_TIMESTAMP() AS nowS';

/**
 * Which server answers, and since when it runs: `db1:3306/1 since 1764000000`. The server counts its uptime from one
 * reading of its clock, so the difference to a time of the same second is the same until it is started again.
 * @returns undefined when no two looks fell into one second
 */
export async function readMysqlRun(session: MysqlSession): Promise<string | undefined> {
  for (let tries = 0; tries < TRIES; tries++) {
    const [before] = await session.read<Seen>(LOOK);
    const [uptime] = await session.read<{ readonly Value: string }>("SHOW GLOBAL STATUS LIKE 'Uptime'");
    const [after] = await session.read<Seen>(LOOK);
    if (before === undefined || uptime === undefined || Number(before.nowS) !== Number(after?.nowS)) continue;
    const { host, port, id, nowS } = before;
    return `${host}:${port}/${id} since ${Number(nowS) - Number(uptime.Value)}`;
  }
  return undefined;
}
