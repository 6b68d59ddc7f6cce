import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Why `installDebianPackages` cannot work here; undefined when it can. */
export function whyNotInstallable(): string | undefined {
  if (!existsSync('/usr/bin/apt-get')) return 'this is not a Debian-like system (no apt-get)';
  if (process.getuid?.() !== 0) return 'only root can install packages';
  return undefined;
}

/**
 * Unpacks a package into `folder` and installs nothing: no service of it starts, and nothing of the system changes.
 * @throws Error with the end of the output of what failed
 */
export function unpackDebianPackage(name: string, folder: string): void {
  mkdirSync(folder, { recursive: true });
  const run = (program: string, ...args: string[]) => {
    const result = spawnSync(program, args, { cwd: folder, encoding: 'utf8' });
    if (result.status !== 0) throw new Error(`${program} ${args.join(' ')} failed:\n${result.stderr}`);
  };
  const download = () => run('apt-get', 'download', name);
  try {
    download();
  } catch {
    // The lists of packages may be missing or old.
    run('apt-get', 'update', '-o', 'DPkg::Lock::Timeout=300');
    download();
  }
  for (const archive of globSync(`${name}_*.deb`, { cwd: folder })) run('dpkg-deb', '--extract', archive, folder);
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
