import { readFile } from 'node:fs/promises';
import { FrondError, reasonOf } from '../errors.ts';
import type { TokenBook } from '../http/auth/token-book.ts';
import { parseTokenFile } from '../http/auth/token-file.ts';
import type { Reloadable } from './reload.ts';

/** A tokens file, whose tokens `reload` takes into force. */
export function tokenFile(path: string, book: TokenBook): Reloadable {
  return {
    what: 'tokens',
    paths: [path],
    /** @throws FrondError INVALID_CONFIG when the file cannot be read or used */
    async reload() {
      const text = await readFile(path, 'utf8').catch(error => {
        throw new FrondError('INVALID_CONFIG', { setting: 'FROND_TOKENS_FILE', problem: reasonOf(error) });
      });
      book.replace(parseTokenFile(text));
    },
  };
}
