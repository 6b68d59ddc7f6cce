import type { ServerClient } from './ask-server.ts';
import type { AskedIds, IdTexts } from './asked-ids.ts';

/** Below the default of FROND_MAX_COUNT_IDS. */
const REQUEST_MAX_IDS = 10_000;

function pathOf({ kind, tag, uuidVersion }: AskedIds): string {
  if (kind === 'segment') return `/id/segment/${encodeURIComponent(tag!)}?`;
  return kind === 'uuid' ? `/id/uuid?version=${uuidVersion.slice(1)}&` : '/id/snowflake?';
}

/** The IDs, by as few requests as servers usually allow. @throws CliError in the server's words */
export async function* idsFromServer(client: ServerClient, asked: AskedIds): IdTexts {
  const path = pathOf(asked);
  let left = asked.count ?? 1;
  while (left > 0) {
    const count = Math.min(left, REQUEST_MAX_IDS);
    const { ids } = (await client.getJson(`${path}count=${count}`)) as { ids: readonly string[] };
    yield ids;
    left -= count;
  }
}
