import type { Components, Reference } from './shapes.ts';

/** Points to a component by its name. */
export function reference(kind: keyof Components, name: string): Reference {
  return { $ref: `#/components/${kind}/${name}` };
}
