/** An instance with all that only some have: TLS, several processes, several primaries. */
import { copyFileSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initPrimaries } from '../../src/stores/ranges/init-primaries.ts';
import { TestAuthority } from './certificates.ts';
import { Family } from './family.ts';
import { createMysqlDatabase, type MysqlDatabase, sharedMysqlUrl } from './mysql.ts';
import { TcpProxy } from './tcp-proxy.ts';

const PROCESSES = 2;

interface Parts {
  readonly directory: string;
  readonly authority: TestAuthority;
  readonly databases: readonly MysqlDatabase[];
  /** Before the second primary. */
  readonly proxy: TcpProxy;
}

export class FullInstance {
  readonly service: Family;
  readonly #parts: Parts;
  #hungPid: number | undefined;

  private constructor(parts: Parts, env: Record<string, string>) {
    this.#parts = parts;
    const [certFile, keyFile] = this.#live;
    const tls = { FROND_TLS_CERT_FILE: certFile, FROND_TLS_KEY_FILE: keyFile };
    this.service = new Family(PROCESSES, { ca: parts.authority.cert, env: { ...env, ...tls } });
  }

  /** One whose processes give IDs. @param days until its certificate ends */
  static async start(env: Record<string, string>, days: number): Promise<FullInstance> {
    const server = await sharedMysqlUrl();
    const databases = [await createMysqlDatabase(server), await createMysqlDatabase(server)];
    const { hostname, port } = new URL(server);
    const proxy = new TcpProxy({ host: hostname, port: Number(port || 3306) });
    await proxy.start();
    const [first, second] = databases.map(({ url }) => url) as [string, string];
    const urls = [first, Object.assign(new URL(second), { hostname: proxy.host, port: String(proxy.port) }).href];
    await initPrimaries(urls);
    const directory = mkdtempSync(join(tmpdir(), 'frond-full-'));
    const parts = { directory, authority: new TestAuthority(directory, 'authority'), databases, proxy };
    const instance = new FullInstance(parts, { ...env, FROND_SEGMENT_STORE: urls.join(' ') });
    try {
      instance.#put(days);
      await instance.service.start();
      await instance.service.allReady();
      return instance;
    } catch (error) {
      await instance.remove();
      throw error;
    }
  }

  /** Of the authority that signs its certificates. */
  get caFile(): string {
    return this.#parts.authority.certFile;
  }

  /** Its second primary answers no more. */
  losePrimary(): void {
    this.#parts.proxy.goSilent();
  }

  /** Its second process answers no more. */
  async hangProcess(): Promise<void> {
    this.#hungPid = (await this.service.processes())[1]!.pid!;
    process.kill(this.#hungPid, 'SIGSTOP');
  }

  /** All that was lost or hangs is back. */
  recover(): void {
    this.#parts.proxy.pass();
    try {
      if (this.#hungPid !== undefined) process.kill(this.#hungPid, 'SIGCONT');
    } catch {
      // It hung for too long, and has been replaced.
    }
    this.#hungPid = undefined;
  }

  /** It reads a new certificate. @param days until that one ends */
  renewCertificate(days: number): void {
    this.#put(days);
    this.service.signal('SIGHUP');
  }

  async remove(): Promise<void> {
    this.recover();
    await this.service.remove();
    await this.#parts.proxy.stop();
    await Promise.all(this.#parts.databases.map(database => database.drop()));
    rmSync(this.#parts.directory, { recursive: true });
  }

  get #live(): [certFile: string, keyFile: string] {
    return [join(this.#parts.directory, 'live.pem'), join(this.#parts.directory, 'live.key')];
  }

  #put(days: number): void {
    const { certFile, keyFile } = this.#parts.authority.issue(days);
    for (const [i, from] of [certFile, keyFile].entries()) {
      const to = this.#live[i]!;
      copyFileSync(from, `${to}.new`);
      renameSync(`${to}.new`, to);
    }
  }
}
