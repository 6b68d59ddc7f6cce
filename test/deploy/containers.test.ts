import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { ROOT, readText, readYaml } from './manifests.ts';

/** The instructions of a Dockerfile, continued lines joined. */
function instructionsOf(path: string): [name: string, rest: string][] {
  const lines = readText(path)
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .filter(line => line.trim() !== '');
  return lines.map(line => [line.split(' ', 1)[0]!, line.slice(line.indexOf(' ') + 1)]);
}

describe('the Dockerfile', () => {
  const instructions = instructionsOf('Dockerfile');
  const all = (name: string) => instructions.filter(([each]) => each === name).map(([, rest]) => rest);
  const allowed = readText('.dockerignore')
    .split('\n')
    .filter(line => line.startsWith('!'))
    .map(line => line.slice(1));

  it('copies what is there, and what the context lets through', () => {
    const sources = all('COPY')
      .filter(rest => !rest.startsWith('--from'))
      .flatMap(rest => rest.split(' ').slice(0, -1));
    expect(sources).toContain('src');
    for (const source of sources) {
      expect(existsSync(join(ROOT, source)), source).toBe(true);
      const isLetThrough = allowed.some(
        each => source === each || `${each}/`.startsWith(source) || source.startsWith(each),
      );
      expect(isLetThrough, `${source} in .dockerignore`).toBe(true);
    }
    for (const each of allowed) expect(existsSync(join(ROOT, each)), `${each} of .dockerignore`).toBe(true);
  });

  it('sets settings that are known, and ends as nobody', () => {
    const env = Object.fromEntries(
      all('ENV')
        .join(' ')
        .split(/\s+/)
        .map(pair => pair.split('=') as [string, string]),
    );
    expect(loadConfig(env)).toMatchObject({ host: '0.0.0.0', port: 8080, dataDir: '/var/lib/frond' });
    expect(all('USER')).toEqual(['10001:10001']);
    expect(all('VOLUME')).toEqual([env['FROND_DATA_DIR']]);
  });
});

describe('deploy/compose', () => {
  interface Service {
    readonly environment?: Record<string, string>;
    readonly volumes?: readonly string[];
    readonly depends_on?: Record<string, unknown>;
    readonly build?: string;
    readonly command?: readonly string[];
    readonly read_only?: boolean;
  }
  const file = readYaml('deploy/compose/compose.yaml');
  const services = file['services'] as Record<string, Service>;
  const volumes = Object.keys(file['volumes'] as object);

  it('mounts files that are there, and volumes that are declared', () => {
    const used = new Set<string>();
    for (const mount of Object.values(services).flatMap(each => each.volumes ?? [])) {
      const [source = ''] = mount.split(':');
      if (source.startsWith('.')) expect(existsSync(join(ROOT, 'deploy/compose', source)), source).toBe(true);
      else used.add(source);
    }
    expect([...used].sort()).toEqual([...volumes].sort());
  });

  it('waits for services that exist', () => {
    for (const each of Object.values(services).flatMap(service => Object.keys(service.depends_on ?? {})))
      expect(Object.keys(services)).toContain(each);
  });

  it('runs each Frond with settings that are known, and addresses of services that exist', () => {
    const fronds = Object.entries(services).filter(([, each]) => each.build !== undefined);
    expect(fronds.map(([name]) => name)).toEqual(['init', 'frond-1', 'frond-2']);
    for (const [, { environment, build, read_only }] of fronds) {
      expect(existsSync(join(ROOT, 'deploy/compose', build!, 'Dockerfile'))).toBe(true);
      expect(read_only).toBe(true);
      const settled = Object.entries(environment!).map(([name, value]) => [
        name,
        value.replace(/\$\{\w+:-([^}]*)\}/g, '$1'),
      ]);
      const config = loadConfig(Object.fromEntries(settled));
      const hosts = [config.segmentStore, config.workerSlots, config.segmentCeiling]
        .flatMap(url => url.replace(/^\w+:\/\/([^@/]*@)?|\/\w+$/g, '').split(','))
        .map(host => host.split(':', 1)[0]);
      for (const host of hosts) expect(Object.keys(services)).toContain(host);
    }
  });

  it('scrapes the instances that it runs', () => {
    const { scrape_configs: jobs } = readYaml('deploy/compose/prometheus.yml') as {
      scrape_configs: { static_configs: { targets: string[] }[] }[];
    };
    const targets = jobs.flatMap(job => job.static_configs.flatMap(each => each.targets));
    expect(targets).toEqual(['frond-1:8080', 'frond-2:8080']);
  });
});

describe('the systemd unit', () => {
  const unit = readText('deploy/systemd/frond.service');
  const settingOf = (key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(unit)?.[1] ?? '';

  it('leaves a stop the time that it may take', () => {
    const { drainMs, stopTimeoutMs } = loadConfig({});
    expect(Number(settingOf('TimeoutStopSec'))).toBeGreaterThanOrEqual((drainMs + stopTimeoutMs) / 1000 + 5);
  });

  it('reads settings that are known, commented ones too', () => {
    const lines = readText('deploy/systemd/frond.env').split('\n');
    const settings = lines.map(line => /^#?(FROND_\w+)=(.*)$/.exec(line)).filter(match => match !== null);
    expect(settings.length).toBeGreaterThan(3);
    expect(() => loadConfig(Object.fromEntries(settings.map(([, name, value]) => [name, value])))).not.toThrow();
    const own = Object.fromEntries(
      settingOf('Environment')
        .split(' ')
        .map(pair => pair.split('=')),
    );
    expect(loadConfig(own).dataDir).toBe(`/var/lib/${settingOf('StateDirectory')}`);
  });
});
