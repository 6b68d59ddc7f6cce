#!/usr/bin/env node
// Nothing is imported before the version is known: an older Node shall hear what it lacks, not where it stumbled.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 13)) {
  console.error(`frond needs Node 22.13 or later and runs on ${process.version}`);
  process.exit(1);
}

const { runCli } = await import('./cli/run.ts');
await runCli(process.argv, process.env);
