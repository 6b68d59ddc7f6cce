/**
 * Puts `engines` into package.json while npm packs it, and takes them out again: npm runs it as prepack, postpack and
 * postpublish. They are true of the package only. In the repository, which brings its own Node, `npm ci` would warn
 * of an older one without need.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { OLDEST_NODE } from '../../src/system/node-version.ts';

const ABOVE = '  "type": "module",\n';
const LINE = `  "engines": { "node": ">=${OLDEST_NODE}" },\n`;

export interface Step {
  /** As npm calls them: the script that runs, and the command that it runs for. */
  readonly event: string | undefined;
  readonly command: string | undefined;
}

/** The text of package.json as it shall be from this step on. @throws Error when there is no place for `engines` */
export function manifestFrom(text: string, { event, command }: Step): string {
  const bare = text.replace(LINE, '');
  if (!bare.includes(ABOVE)) throw new Error('package.json has no line with its type, below which engines belong');
  // What `npm publish` tells the registry it reads from the file once more after postpack.
  const isPacked = event === 'prepack' || (event === 'postpack' && command === 'publish');
  return isPacked ? bare.replace(ABOVE, ABOVE + LINE) : bare;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const file = join(import.meta.dirname, '../../package.json');
  const { npm_lifecycle_event: event, npm_command: command } = process.env;
  writeFileSync(file, manifestFrom(readFileSync(file, 'utf8'), { event, command }));
}
