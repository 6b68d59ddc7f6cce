/**
 * What many tags cost in one process: 10,000 in the embedded store beside one, each measurement in a process of its own.
 * Bytes per tag are the difference between the two, so that what does not grow with the tags does not count.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createFrond } from '../src/index.ts';
import { printTable, spread } from './statistics.ts';
import type { TagsCase } from './tags-case.ts';

const ROUNDS = 3;
const TAGS = 10_000;

/** The tag `demo` and as many more as are lacking, in one transaction instead of 10,000. */
async function makeTags(dataDir: string, count: number): Promise<void> {
  await (await createFrond({ dataDir, workerSlots: 'off' })).close();
  const database = new DatabaseSync(join(dataDir, 'frond.db'));
  database.exec('BEGIN');
  const insert = database.prepare('INSERT INTO leaf_alloc (biz_tag, max_id, step, update_time) VALUES (?, 1, 1000, 0)');
  for (let i = 1; i < count; i++) insert.run(`tag-number-${i}`);
  database.exec('COMMIT');
  database.close();
}

async function measure(count: number): Promise<TagsCase> {
  const dataDir = mkdtempSync(join(tmpdir(), 'frond-bench-'));
  try {
    await makeTags(dataDir, count);
    const args = ['--expose-gc', join(import.meta.dirname, 'tags-case.ts'), dataDir];
    return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as TagsCase;
  } finally {
    rmSync(dataDir, { recursive: true });
  }
}

export async function run(): Promise<void> {
  const [few, many]: [TagsCase[], TagsCase[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    few.push(await measure(1));
    many.push(await measure(TAGS));
  }
  const growth = (each: TagsCase, at: 1 | 2) => each.heapBytes[at] - each.heapBytes[0];
  const perTag = (at: 1 | 2) => many.map((each, i) => (growth(each, at) - growth(few[i]!, at)) / (TAGS - 1));
  const row = (figure: string, one: readonly number[], all: readonly number[], digits: number) => ({
    figure,
    '1 tag': one.length === 0 ? '' : spread(one, digits),
    [`${TAGS} tags`]: spread(all, digits),
  });
  const of = (list: readonly TagsCase[], key: 'startMs' | 'listMs' | 'timers') => list.map(each => each[key]);
  printTable([
    row('start, ms', of(few, 'startMs'), of(many, 'startMs'), 1),
    row('reading the list, ms', of(few, 'listMs'), of(many, 'listMs'), 1),
    row('bytes per tag at rest', [], perTag(1), 0),
    row('bytes per tag that was used', [], perTag(2), 0),
    row('timers that wait', of(few, 'timers'), of(many, 'timers'), 0),
  ]);
}
