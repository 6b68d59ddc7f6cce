/** Refuses to run on a Node that is not the pinned one: a skipped install script must not silently test another runtime. */
export default function setup(): void {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 26) {
    throw new Error(
      `The tests need Node 26 but run on ${process.version}; run "npm ci" without --ignore-scripts and use npm test`,
    );
  }
}
