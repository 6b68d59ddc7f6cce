import { describe, expect, it } from 'vitest';
import { type Manifest, releaseProblems } from './release-check.ts';

const changelog = (unreleased: string, section: string) =>
  `# Changelog\n\n## [Unreleased]\n${unreleased}\n${section}\n## [0.9.0] - 2026-01-01\n\n### Added\n\n- The first.\n`;
const MANIFEST: Manifest = { version: '1.0.0', repository: { url: 'git+https://git.example/frond.git' } };
const RELEASED = '## [1.0.0] - 2026-12-01\n\n### Fixed\n\n- A defect.\n';

describe('the gate of a release', () => {
  it('opens for a version whose section is written, and whose tag is its own', () => {
    expect(releaseProblems(MANIFEST, changelog('', RELEASED))).toEqual([]);
    expect(releaseProblems(MANIFEST, changelog('\n### Added\n\n', RELEASED), 'v1.0.0')).toEqual([]);
  });

  it.each([
    ['no section', changelog('', ''), undefined, /no section "## \[1\.0\.0\]/],
    ['no date', changelog('', RELEASED.replace(' - 2026-12-01', '')), undefined, /has no date/],
    ['no entries', changelog('', '## [1.0.0] - 2026-12-01\n'), undefined, /1\.0\.0 has no entries/],
    ['entries left over', changelog('\n- Something else.\n', RELEASED), undefined, /under Unreleased/],
    ['no Unreleased', RELEASED, undefined, /no section "## \[Unreleased\]"/],
    ['another tag', changelog('', RELEASED), 'v1.0.1', /the tag is v1\.0\.1/],
  ])('stays shut: %s', (_, text, tag, reason) => {
    expect(releaseProblems(MANIFEST, text, tag)).toEqual([expect.stringMatching(reason)]);
  });

  it('stays shut while no repository is named', () => {
    const problems = releaseProblems({ version: '1.0.0' }, changelog('', RELEASED));
    expect(problems).toEqual([expect.stringMatching(/names no repository/)]);
  });
});
