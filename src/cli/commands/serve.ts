import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { loadConfig } from '../../config.ts';
import { makeDirectory } from '../../system/directory.ts';
import type { Register } from '../program.ts';
import { flagsOf, withSettings } from '../setting-flags.ts';

export const register: Register = (program, env) => {
  withSettings(program.command('serve').description('serve IDs over HTTP')).action(async options => {
    const config = loadConfig(env, flagsOf(options));
    if (config.dataDir !== 'none') await cacheCompiledCode(config.dataDir);
    const { serve } = await import('../../main.ts');
    await serve(config);
  });
};

/** Halves the CPU time of a restart. In the data directory, which only Frond writes to, never in a shared /tmp. */
async function cacheCompiledCode(dataDir: string): Promise<void> {
  try {
    const directory = join(dataDir, 'compile-cache');
    await makeDirectory(directory);
    enableCompileCache(directory);
  } catch {
    // Whoever needs the data directory will say what is wrong with it.
  }
}
