import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { Option } from 'commander';
import { type Config, loadConfig } from '../../config.ts';
import { makeDirectory } from '../../system/directory.ts';
import type { Register } from '../program.ts';
import { flagsOf, withSettings } from '../setting-flags.ts';

export const register: Register = (program, env) => {
  const command = program
    .command('serve')
    .description('serve IDs over HTTP')
    .addOption(new Option('--process <index>', 'one of several processes, started by their parent').hideHelp());
  withSettings(command).action(async options => {
    const config = loadConfig(env, flagsOf(options));
    if (config.dataDir !== 'none') await cacheCompiledCode(config.dataDir);
    await runService(config, options.process);
  });
};

/** As one process, as the parent of several, or as the one of these that the parent gave `index`. */
async function runService(config: Config, index: string | undefined): Promise<void> {
  const { processCount } = await import('../../service/processes/process-count.ts');
  const count = processCount(config);
  if (count > 1 && index === undefined) {
    const { supervise } = await import('../../service/processes/supervise.ts');
    return supervise(count, config);
  }
  const { serve } = await import('../../main.ts');
  if (index === undefined) return serve(config);
  const { runProcess } = await import('../../service/processes/run-process.ts');
  await runProcess(Number(index), link => serve(config, link));
}

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
