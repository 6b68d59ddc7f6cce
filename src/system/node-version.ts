/** The first Node that has all that Frond needs, as major.minor: SQLite without a flag, and `require` of ES modules. */
export const OLDEST_NODE = '22.13';

/** Says so where this Node is older; undefined otherwise. This file imports nothing, so that any Node can run it. */
export function nodeTooOld(): string | undefined {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = OLDEST_NODE.split('.').map(Number);
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return undefined;
  return `frond needs Node ${OLDEST_NODE} or later and runs on ${process.version}`;
}
