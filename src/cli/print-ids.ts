import { once } from 'node:events';
import { formatId, uuidToNumber } from '../formats/id-text.ts';
import type { AskedIds, IdTexts, OutputFormat } from './asked-ids.ts';

/** Prints IDs as they come, one a line; as JSON all at once, in the form in which the service answers. */
export async function printIds(ids: IdTexts, asked: AskedIds, format: OutputFormat): Promise<void> {
  if (format === 'json') {
    console.log(JSON.stringify(await asJson(ids, asked)));
    return;
  }
  const spelt = spellingOf(asked, format);
  for await (const portion of ids) {
    const more = process.stdout.write(`${portion.map(spelt).join('\n')}\n`);
    if (!more) await once(process.stdout, 'drain');
  }
}

async function asJson(portions: IdTexts, { kind, tag, count }: AskedIds): Promise<object> {
  const ids: string[] = [];
  for await (const portion of portions) ids.push(...portion);
  return { ...(count === undefined ? { id: ids[0] } : { ids }), kind, tag };
}

function spellingOf({ kind }: AskedIds, format: Exclude<OutputFormat, 'json'>): (id: string) => string {
  if (format === 'text') return id => id;
  return kind === 'uuid' ? id => formatId(uuidToNumber(id), format, 128) : id => formatId(BigInt(id), format, 64);
}
