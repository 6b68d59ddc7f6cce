import { describe, expect, it } from 'vitest';
import { envNameOf, loadConfig, type SettingName } from '../../src/config.ts';
import { VERSION } from '../../src/service/version.ts';
import { SETTINGS } from '../../src/settings/table.ts';
import { manifestProblems } from './kubernetes-schema.ts';
import { type Manifest, renderKustomization } from './manifests.ts';

const LABEL = 'app.kubernetes.io/name';

describe('the check of manifests', () => {
  const [deployment] = renderKustomization('deploy/kubernetes/deployment').filter(each => each.kind === 'Deployment');
  const changed = (change: (pod: Manifest) => void): Manifest => {
    const copy = structuredClone(deployment!);
    change(copy['spec'].template.spec);
    return copy;
  };

  it('sees a misspelt field', () => {
    const wrong = changed(pod => {
      pod['containers'][0].readinesProbe = { periodSeconds: 1 };
    });
    expect(manifestProblems(wrong)).toEqual(
      expect.arrayContaining([expect.stringContaining('readinesProbe is no field of Deployment')]),
    );
  });

  it('sees a value of the wrong type, and a missing one', () => {
    const wrong = changed(pod => {
      pod['terminationGracePeriodSeconds'] = 'long';
    });
    expect(manifestProblems(wrong).join()).toContain('terminationGracePeriodSeconds');
    const missing = changed(pod => {
      delete pod['containers'];
    });
    expect(manifestProblems(missing).join()).toContain('containers');
  });
});

describe.each(['deployment', 'statefulset'])('deploy/kubernetes/%s', variant => {
  const manifests = renderKustomization(`deploy/kubernetes/${variant}`);
  const named = (kind: string, name: string): Manifest =>
    manifests.find(each => each.kind === kind && each['metadata'].name === name)!;
  const workload = manifests.find(each => ['Deployment', 'StatefulSet'].includes(each.kind))!;
  const pod = workload['spec'].template;
  const [container] = pod.spec.containers;

  it.each(manifests.map(each => [each.kind, each['metadata'].name, each] as const))(
    'has a %s %s that its schema allows',
    (_kind, _name, manifest) => {
      expect(manifestProblems(manifest)).toEqual([]);
    },
  );

  it('names each object once', () => {
    const names = manifests.map(each => `${each.kind}/${each['metadata'].name}`);
    expect(new Set(names).size).toBe(names.length);
  });

  it('points every selector at the pods, and every port at one of theirs', () => {
    const ports = container.ports.map((each: { name: string }) => each.name);
    const selectors = [
      workload['spec'].selector.matchLabels,
      named('PodDisruptionBudget', 'frond')['spec'].selector.matchLabels,
      named('NetworkPolicy', 'frond')['spec'].podSelector.matchLabels,
    ];
    for (const service of manifests.filter(each => each.kind === 'Service')) {
      selectors.push(service['spec'].selector);
      for (const { targetPort } of service['spec'].ports) expect(ports).toContain(targetPort);
    }
    for (const selector of selectors) expect(selector).toEqual({ [LABEL]: pod.metadata.labels[LABEL] });
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'])
      expect(ports).toContain(container[probe].httpGet.port);
    const initLabels = named('Job', 'frond-init')['spec'].template.metadata.labels;
    expect(initLabels[LABEL]).not.toBe(pod.metadata.labels[LABEL]);
  });

  it('gives the containers settings that are known, and that go together', () => {
    const given: Record<string, string> = {
      FROND_SEGMENT_STORE: 'mysql://frond:secret@mysql:3306/ids',
      FROND_WORKER_SLOTS: 'zookeeper://zk:2181/ids',
      ...named('ConfigMap', 'frond')['data'],
      ...Object.fromEntries(
        (container.env ?? []).map((each: { name: string; value: string }) => [each.name, each.value]),
      ),
    };
    expect(() => loadConfig({ ...given, FROND_HOST: '0.0.0.0', FROND_DATA_DIR: '/var/lib/frond' })).not.toThrow();
    const known = Object.keys(SETTINGS).map(name => envNameOf(name as SettingName));
    expect(known).toEqual(expect.arrayContaining(Object.keys(given)));
  });

  it('leaves a stop the time that it may take', () => {
    const { drainMs } = loadConfig(named('ConfigMap', 'frond')['data']);
    const { stopTimeoutMs } = loadConfig({});
    const neededSeconds = container.lifecycle.preStop.sleep.seconds + (drainMs + stopTimeoutMs) / 1000;
    expect(pod.spec.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(neededSeconds + 5);
  });

  it('runs this version, as nobody, on a file system that it cannot write to but for its data', () => {
    const containers = [container, named('Job', 'frond-init')['spec'].template.spec.containers[0]];
    for (const each of containers) {
      expect(each.image).toBe(`frond:${VERSION}`);
      expect(each.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    }
    expect(pod.spec.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 10001 });
    expect(container.volumeMounts).toEqual([{ name: 'data', mountPath: '/var/lib/frond' }]);
  });
});
