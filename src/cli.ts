#!/usr/bin/env node
// Nothing more is imported before the version is known: an older Node shall hear what it lacks, not where it stumbled.
import { nodeTooOld } from './system/node-version.ts';

const reason = nodeTooOld();
if (reason !== undefined) {
  console.error(reason);
  process.exit(1);
}

const { runCli } = await import('./cli/run.ts');
await runCli(process.argv, process.env);
