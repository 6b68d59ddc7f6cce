import { Deployment, StatefulSet } from 'kubernetes-models/apps/v1';
import { Job } from 'kubernetes-models/batch/v1';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { ConfigMap, Service, ServiceAccount } from 'kubernetes-models/v1';
import type { Manifest } from './manifests.ts';

/** Kubernetes' own schemas, compiled, by what they are of. */
const MODELS = [ConfigMap, Deployment, Job, NetworkPolicy, PodDisruptionBudget, Service, ServiceAccount, StatefulSet];

/** A view of `value` that adds each path that was looked at to `seen`. */
function watched(value: unknown, path: string, seen: Set<string>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return new Proxy(value, {
    get(target, key) {
      if (typeof key !== 'string') return Reflect.get(target, key);
      seen.add(`${path}/${key}`);
      return watched(Reflect.get(target, key), `${path}/${key}`, seen);
    },
  });
}

function pathsOf(value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => [`${path}/${key}`, ...pathsOf(each, `${path}/${key}`)]);
}

/**
 * What is wrong with an object: what its schema refuses, and fields that it does not know. The API server would prune
 * or refuse those; the compiled schema passes over them without looking, and so they are found.
 */
export function manifestProblems(manifest: Manifest): string[] {
  const { apiVersion, kind } = manifest;
  const Model = MODELS.find(each => each.apiVersion === apiVersion && each.kind === kind);
  if (Model === undefined) return [`no schema for ${apiVersion} ${kind}`];
  const seen = new Set<string>();
  try {
    // On the view itself: a model that is made of it would copy it first.
    Model.prototype.validate.call(watched(manifest, '', seen) as never);
  } catch (error) {
    return [(error as Error).message];
  }
  return pathsOf(manifest, '')
    .filter(path => !seen.has(path))
    .map(path => `${path} is no field of ${kind}`);
}
