#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { type ConfigValues, envNameOf, flagNameOf, loadConfig, valuesFromEnv } from './config.ts';
import { FrondError, reasonOf } from './errors.ts';
import { VERSION } from './service/version.ts';
import { SETTINGS, type SettingName } from './settings/table.ts';
import { makeDirectory } from './system/directory.ts';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 13)) {
  console.error(`frond needs Node 22.13 or later and runs on ${process.version}`);
  process.exit(1);
}

/** One flag for each setting; the environment variable is named beside it. */
function withSettings(command: Command): Command {
  for (const [name, setting] of Object.entries(SETTINGS)) {
    const value = setting.secret || setting.default === '' ? 'none' : setting.default;
    const text = `${setting.doc} [${envNameOf(name)}; ${setting.expected}; default: ${value}]`;
    command.addOption(new Option(`${flagNameOf(name)} <value>`, text));
  }
  return command;
}

function known(options: Record<string, string>): ConfigValues {
  const entries = Object.entries(options).filter(([name]) => name in SETTINGS);
  return Object.fromEntries(entries) as { [K in SettingName]?: string };
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

const program = new Command('frond')
  .description('Distributed 64-bit IDs: segments, snowflakes and UUIDs.')
  .version(VERSION)
  .showHelpAfterError('(run with --help for all commands and settings)');

withSettings(program.command('serve'))
  .description('serve IDs over HTTP')
  .action(async options => {
    const config = loadConfig(process.env, known(options));
    if (config.dataDir !== 'none') await cacheCompiledCode(config.dataDir);
    const { serve } = await import('./main.ts');
    await serve(config);
  });

program
  .command('init')
  .description('create the table leaf_alloc in a MySQL or MariaDB database; a server never does so by itself')
  .option('--segment-store <url>', 'mysql://user:password@host:3306/database [FROND_SEGMENT_STORE]')
  .action(async (options: { segmentStore?: string }) => {
    const url = options.segmentStore ?? valuesFromEnv(process.env).segmentStore;
    if (url === undefined || !url.startsWith('mysql:')) {
      throw new FrondError('INVALID_CONFIG', {
        setting: '--segment-store',
        problem: 'expected mysql://user:password@host:3306/database; embedded stores need no init',
      });
    }
    const { initMysql } = await import('./stores/ranges/init-mysql.ts');
    await initMysql(url);
    console.log('leaf_alloc is there; add a tag with PUT /tags/:tag once a server runs');
  });

try {
  await program.parseAsync();
} catch (error) {
  console.error(`frond: ${error instanceof FrondError ? `${error.code}: ` : ''}${reasonOf(error)}`);
  process.exit(1);
}
