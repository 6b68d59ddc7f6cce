import { readFile } from 'node:fs/promises';
import type { MysqlSession } from './mysql-session.ts';

/** The folder is as far from `src/stores/mysql` as from `dist/stores/mysql`. */
const SQL_FOLDER = new URL('../../../sql/', import.meta.url);

/** Runs one file of `sql/`: one statement, which may be run again without harm. */
export async function applyMigration(session: MysqlSession, file: `${string}.sql`): Promise<void> {
  await session.write(await readFile(new URL(file, SQL_FOLDER), 'utf8'));
}
