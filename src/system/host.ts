import { createHash } from 'node:crypto';
import { readFile, statfs } from 'node:fs/promises';

/** What the host tells about itself and its disks. */
export interface Host {
  /**
   * An opaque name of this installation of the operating system; undefined where there is none (most container images,
   * macOS, Windows). Two hosts share it only when one was cloned from the other without renewing it.
   */
  machineId(): Promise<string | undefined>;
  /** The kind of network or foreign filesystem that `path` is on; undefined for a local disk. @throws the I/O error */
  networkFilesystem(path: string): Promise<string | undefined>;
}

/** statfs(2) magic numbers of filesystems on which another kernel or a daemon decides what a lock means. */
const NETWORK_FILESYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xfe534d42, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0x564c, 'NCP'],
  [0x65735546, 'FUSE'], // also virtiofs, and so the bind mounts of Docker Desktop
  [0x01021997, '9P'],
  [0x00c36400, 'Ceph'],
  [0x0bd00bd0, 'Lustre'],
  [0x5346414f, 'AFS'],
  [0x6b414653, 'AFS'],
  [0x73757245, 'Coda'],
  [0x01161970, 'GFS2'],
  [0x7461636f, 'OCFS2'],
  [0x47504653, 'GPFS'],
  [0x19830326, 'BeeGFS'],
  [0xaad7aaea, 'PanFS'],
  [0xbacbacbc, 'VMware shared folder'],
  [0x786f4256, 'VirtualBox shared folder'],
]);

/** The kind of filesystem behind statfs(2)'s `f_type` when it is a network or foreign one. */
export function networkFilesystemOf(type: number): string | undefined {
  return NETWORK_FILESYSTEMS.get(type >>> 0);
}

export const thisHost: Host = {
  async machineId() {
    for (const path of ['/etc/machine-id', '/var/lib/dbus/machine-id']) {
      const text = await readFile(path, 'utf8').catch(() => '');
      // machine-id(5) asks not to show the ID itself to others; "uninitialized" is its other legal content.
      if (/^[0-9a-f]{32}$/.test(text.trim())) return createHash('sha256').update(`frond ${text.trim()}`).digest('hex');
    }
    return undefined;
  },

  async networkFilesystem(path) {
    // Elsewhere the numbers mean other things.
    return process.platform === 'linux' ? networkFilesystemOf((await statfs(path)).type) : undefined;
  },
};
