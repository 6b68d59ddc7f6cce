import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for one server's data. Gone with `remove()`, at the end of the process, or, if that was killed, at the next run. */
export class ThrowAwayFolder {
  readonly path: string;
  readonly #onExit = () => rmSync(this.path, { recursive: true, force: true });

  /** @param kind of server, lower-case letters */
  constructor(kind: string) {
    removeOrphans(kind);
    this.path = mkdtempSync(join(tmpdir(), `frond-test-${kind}-${process.pid}-`));
    process.once('exit', this.#onExit);
  }

  remove(): void {
    this.#onExit();
    process.removeListener('exit', this.#onExit);
  }
}

function removeOrphans(kind: string): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = new RegExp(`^frond-test-${kind}-(\\d+)-`).exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
