import { spawnSync } from 'node:child_process';
import { existsSync, openSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Why `installDebianPackages` cannot work here; undefined when it can. */
export function whyNotInstallable(): string | undefined {
  if (!existsSync('/usr/bin/apt-get')) return 'this is not a Debian-like system (no apt-get)';
  if (process.getuid?.() !== 0) return 'only root can install packages';
  return undefined;
}

/**
 * Installs packages from Debian's mirrors, without recommended ones. Blocks: two installations never overlap.
 * @throws Error with the end of apt's output
 */
export function installDebianPackages(names: readonly string[]): void {
  const logFile = join(tmpdir(), `frond-test-apt-${names[0]}.log`);
  const log = openSync(logFile, 'w');
  const lock = ['-o', 'DPkg::Lock::Timeout=300'];
  for (const args of [
    ['update', ...lock],
    ['install', '-y', '--no-install-recommends', ...lock, ...names],
  ]) {
    const result = spawnSync('apt-get', args, {
      stdio: ['ignore', log, log],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
    if (result.status !== 0) {
      const tail = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-15).join('\n');
      throw new Error(`apt-get ${args[0]} for ${names.join(', ')} failed (${logFile}):\n${tail}`);
    }
  }
}
