import type { TagRecord } from './tag-directory.ts';

/** A tag as it is shown over HTTP and on the command line: IDs as decimal text, times as ISO 8601 in UTC. */
export function tagJson({ tag, stepIds, maxId, description, updatedAtMs }: TagRecord) {
  const updatedAt = updatedAtMs === null ? null : new Date(updatedAtMs).toISOString();
  return { tag, step: stepIds, maxId: String(maxId), description, updatedAt };
}
