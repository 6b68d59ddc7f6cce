import type { MysqlSession } from './mysql-session.ts';

const TRIES = 3;
const SETTLED_S = 2;

interface Seen {
  readonly host: string;
  readonly port: number | string;
  readonly id: number | string;
  readonly nowS: number | string;
}

const LOOK = 'SELECT @@hostname AS host, @@port AS port, @@server_id AS id, UNIX_TIMESTAMP() AS nowS';

/** A server from its start to its end. */
export interface MysqlRun {
  /** Which server, and since when it runs: `db1:3306/1 since 1764000000`. */
  readonly name: string;
  /** Long enough that no later run can begin in the same second, and so have the same name. */
  readonly isSettled: boolean;
}

/**
 * Which server answers. It counts its uptime from one reading of its clock, so the difference to a time of the same
 * second is the same until it is started again.
 * @returns undefined when no two looks fell into one second
 */
export async function readMysqlRun(session: MysqlSession): Promise<MysqlRun | undefined> {
  for (let tries = 0; tries < TRIES; tries++) {
    const [before] = await session.read<Seen>(LOOK);
    const [row] = await session.read<{ readonly Value: string }>("SHOW GLOBAL STATUS LIKE 'Uptime'");
    const [after] = await session.read<Seen>(LOOK);
    if (before === undefined || row === undefined || Number(before.nowS) !== Number(after?.nowS)) continue;
    const { host, port, id, nowS } = before;
    // Less than nothing, in 64 bits, while the clock is before the start.
    const uptimeS = BigInt.asIntN(64, BigInt(row.Value));
    return { name: `${host}:${port}/${id} since ${BigInt(nowS) - uptimeS}`, isSettled: uptimeS >= SETTLED_S };
  }
  return undefined;
}
