import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';

export const ROOT = join(import.meta.dirname, '../..');

export function readText(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

export function readYaml(path: string): Record<string, unknown> {
  return parse(readText(path), { merge: true }) as Record<string, unknown>;
}

/** A Kubernetes object, as far as the tests look into it. */
// biome-ignore lint/suspicious/noExplicitAny: the schemas are what checks its shape
export type Manifest = Record<string, any> & { readonly apiVersion: string; readonly kind: string };

/** What `kubectl kustomize` would print: our files use nothing of it but lists of resources. */
export function renderKustomization(folder: string): Manifest[] {
  const { resources, apiVersion, kind, ...rest } = readYaml(`${folder}/kustomization.yaml`);
  const others = Object.keys(rest);
  if (others.length > 0) throw new Error(`${folder}: ${others.join(', ')} cannot be rendered here`);
  if (kind !== 'Kustomization') throw new Error(`${folder}: ${kind} is no Kustomization (${apiVersion})`);
  return (resources as string[]).flatMap(name => {
    if (!name.endsWith('.yaml')) return renderKustomization(join(folder, name));
    return parseAllDocuments(readText(join(folder, name))).map(each => each.toJS() as Manifest);
  });
}
