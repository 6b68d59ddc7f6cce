import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { unpackDebianPackage, whyNotInstallable } from './debian-package.ts';
import type { Service } from './server-desk.ts';

/** Debian's Prometheus with promtool beside it, where it is not installed; Git ignores the folder. */
const UNPACKED = join(import.meta.dirname, '../../../node_modules/.cache/frond-test/prometheus');

/** What the desk offers of Prometheus: `prometheus-folder` is where `prometheus` and `promtool` are. */
export const PROMETHEUS_SERVICES: Readonly<Record<string, Service>> = {
  'prometheus-folder': async () => chooseFolder(),
};

/** @throws Error that says the choices */
function chooseFolder(): string {
  const found = findFolder();
  if (found !== undefined) return found;
  const obstacle = whyNotInstallable();
  if (obstacle !== undefined) {
    throw new Error(
      `These tests need prometheus and promtool on PATH. They are not, and ${obstacle}. Install Prometheus (https://prometheus.io/download)`,
    );
  }
  const startedMs = performance.now();
  unpackDebianPackage('prometheus', UNPACKED);
  const unpacked = findFolder();
  if (unpacked === undefined) throw new Error(`Debian's prometheus was unpacked in ${UNPACKED}, but is not there`);
  console.log(`Prometheus for the tests: unpacked in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
  return unpacked;
}

function findFolder(): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), join(UNPACKED, 'usr/bin')];
  const tool = folders.map(folder => join(folder, 'promtool')).find(path => existsSync(path));
  const folder = tool === undefined ? undefined : dirname(tool);
  return folder !== undefined && existsSync(join(folder, 'prometheus')) ? folder : undefined;
}
