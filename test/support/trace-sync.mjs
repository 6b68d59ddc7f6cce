/**
 * `node --trace-sync-io --import trace-sync.mjs`: node itself tells of every synchronous call of node:fs, this of those
 * of node:sqlite, each as lines on standard error. At SIGUSR2 there is a line "mark".
 */
import { DatabaseSync, StatementSync } from 'node:sqlite';

for (const { name, prototype } of [DatabaseSync, StatementSync]) {
  for (const [key, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    if (typeof value !== 'function' || key === 'constructor') continue;
    prototype[key] = function (...args) {
      process.stderr.write(`synchronous ${name}.${key}\n`);
      return value.apply(this, args);
    };
  }
}

process.on('SIGUSR2', () => process.stderr.write('mark\n'));
