import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const SHIM = pathToFileURL(join(import.meta.dirname, 'disk-shim.mjs')).href;

/** The disk of a service whose syncs can be made slow or fail while it runs. */
export class SpoiltDisk {
  readonly #directory = mkdtempSync(join(tmpdir(), 'frond-disk-'));
  readonly #file = join(this.#directory, 'order');

  constructor() {
    this.mend();
  }

  /** For the service. */
  get env(): Record<string, string> {
    return { NODE_OPTIONS: `--import=${SHIM}`, FROND_TEST_DISK_FILE: this.#file };
  }

  slow(syncMs: number): void {
    writeFileSync(this.#file, String(syncMs));
  }

  fail(code: string): void {
    writeFileSync(this.#file, code);
  }

  mend(): void {
    writeFileSync(this.#file, '');
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true });
  }
}
