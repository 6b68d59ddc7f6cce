/** Uneven counts up to this are left alone: below it chance has its way, and clients lose more than anybody gains. */
const TOLERATED_SHARE = 1.25;
const TOLERATED_CONNECTIONS = 2;

/**
 * How many connections each process has to give up. All accept from one queue, and whoever wakes first takes what is
 * there: with kept-alive connections that can leave one process with nearly all of the work.
 * @param connections of each process
 */
export function surplusOf(connections: readonly number[]): readonly number[] {
  const fair = connections.reduce((sum, each) => sum + each, 0) / connections.length;
  return connections.map(each => (each > fair * TOLERATED_SHARE + TOLERATED_CONNECTIONS ? Math.floor(each - fair) : 0));
}
