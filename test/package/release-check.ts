/**
 * The gate of a release: the changelog has a section for the version of package.json, with a date and entries, nothing
 * is left under Unreleased, and package.json names the repository that the provenance is proved against.
 * `npm run release:check`; in CI with the tag: `npm run release:check -- v1.2.3`. Each `npm publish` runs it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const ENTRY = /^\s*[-*] /m;

/** What follows the heading of a section, up to the next; undefined without one. */
function sectionOf(changelog: string, name: string): { readonly heading: string; readonly text: string } | undefined {
  const sections = changelog.split(/^## /m).slice(1);
  const section = sections.find(each => each.startsWith(`[${name}]`));
  if (section === undefined) return undefined;
  const [heading = '', ...lines] = section.split('\n');
  return { heading, text: lines.join('\n') };
}

/** The part of package.json that is looked at. */
export interface Manifest {
  readonly version: string;
  readonly repository?: { readonly url: string };
}

/**
 * Why this version cannot be published.
 * @param tag as pushed; undefined where there is none yet
 * @returns a sentence for each reason
 */
export function releaseProblems({ version, repository }: Manifest, changelog: string, tag?: string): string[] {
  const problems: string[] = [];
  const section = sectionOf(changelog, version);
  const unreleased = sectionOf(changelog, 'Unreleased');
  if (tag !== undefined && tag !== `v${version}`) problems.push(`the tag is ${tag}, and package.json has ${version}`);
  if (repository === undefined) problems.push('package.json names no repository, which provenance is proved against');
  if (section === undefined) problems.push(`CHANGELOG.md has no section "## [${version}] - YYYY-MM-DD"`);
  else {
    if (!/ - \d{4}-\d\d-\d\d$/.test(section.heading)) problems.push(`the section of ${version} has no date`);
    if (!ENTRY.test(section.text)) problems.push(`the section of ${version} has no entries`);
  }
  if (unreleased === undefined) problems.push('CHANGELOG.md has no section "## [Unreleased]"');
  else if (ENTRY.test(unreleased.text))
    problems.push(`entries under Unreleased belong to ${version}, or to no release`);
  return problems;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const read = (name: string) => readFileSync(join(import.meta.dirname, '../..', name), 'utf8');
  const manifest = JSON.parse(read('package.json')) as Manifest;
  const problems = releaseProblems(manifest, read('CHANGELOG.md'), process.argv[2]);
  for (const problem of problems) console.error(`not to be released: ${problem}`);
  if (problems.length > 0) process.exitCode = 1;
  else console.log(`${manifest.version} may be released`);
}
