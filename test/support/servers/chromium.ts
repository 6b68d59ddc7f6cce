import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { installDebianPackages, whyNotInstallable } from './debian-package.ts';
import type { Service } from './server-desk.ts';

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

function findChromium(): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin'];
  return PROGRAMS.flatMap(program => folders.map(folder => join(folder, program))).find(path => existsSync(path));
}

/**
 * The browser of FROND_TEST_CHROMIUM; else one that is there; else Debian's package.
 * @throws Error that says the choices
 */
function chooseChromium(): string {
  const found = process.env['FROND_TEST_CHROMIUM'] ?? findChromium();
  if (found !== undefined) return found;
  const obstacle = whyNotInstallable();
  if (obstacle !== undefined) {
    throw new Error(
      `These tests need Chromium. None of ${PROGRAMS.join(', ')} is on PATH, and ${obstacle}. Install it, or name one by FROND_TEST_CHROMIUM=/path/to/chromium`,
    );
  }
  const startedMs = performance.now();
  installDebianPackages(['chromium']);
  const installed = findChromium();
  if (installed === undefined) throw new Error("Debian's package chromium was installed, but the program is not there");
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  console.log(`Chromium for the tests: ${installed}, installed in ${seconds} s`);
  return installed;
}

/** What the desk offers: `chromium` is the path of the program. */
export const CHROMIUM_SERVICES: Readonly<Record<string, Service>> = { chromium: async () => chooseChromium() };
