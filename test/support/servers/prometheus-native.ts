import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NativeServer } from './native-server.ts';

export interface PrometheusOptions {
  /** Rule files, text by name. */
  readonly rules: Readonly<Record<string, string>>;
  /** Between scrapes, and between evaluations of the rules. */
  readonly intervalMs: number;
  /** The authority to trust in instances that speak HTTPS. */
  readonly caFile: string;
}

/** A Prometheus that scrapes instances of Frond as the job `frond`. */
export class NativePrometheus extends NativeServer {
  readonly #options: PrometheusOptions;
  #folder = '';

  constructor(binary: string, options: PrometheusOptions) {
    super('prometheus', binary);
    this.#options = options;
  }

  get url(): string {
    return `http://${this.host}:${this.port}`;
  }

  /** Scrapes these from now on; takes effect within a moment. */
  setTargets(urls: readonly string[]): void {
    const draft = join(this.#folder, 'targets.draft');
    const groups = urls.map(url => {
      const { host, protocol } = new URL(url);
      return { targets: [host], labels: { __scheme__: protocol.replace(':', '') } };
    });
    writeFileSync(draft, JSON.stringify(groups));
    renameSync(draft, join(this.#folder, 'targets.json'));
  }

  protected prepare(folder: string): void {
    this.#folder = folder;
    const { rules, intervalMs, caFile } = this.#options;
    for (const [name, text] of Object.entries(rules)) writeFileSync(join(folder, name), text);
    const job = {
      job_name: 'frond',
      file_sd_configs: [{ files: ['targets.json'], refresh_interval: '1s' }],
      tls_config: { ca_file: caFile },
    };
    const interval = `${intervalMs}ms`;
    const config = {
      global: { scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval },
      rule_files: Object.keys(rules),
      scrape_configs: [job],
    };
    // YAML contains JSON.
    writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config));
    this.setTargets([]);
  }

  protected args(folder: string): readonly string[] {
    return [
      `--config.file=${folder}/prometheus.yml`,
      `--storage.tsdb.path=${folder}/data`,
      `--web.listen-address=${this.host}:${this.port}`,
      '--log.level=warn',
    ];
  }

  protected async untilReady(obituary: () => string | undefined): Promise<void> {
    for (;;) {
      const isReady = await fetch(`${this.url}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
      if (isReady) return;
      const end = obituary();
      if (end !== undefined) throw new Error(end);
      await new Promise(resolve => setTimeout(resolve, 50));
    }
  }
}
