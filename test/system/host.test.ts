import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { networkFilesystemOf, thisHost } from '../../src/system/host.ts';

describe('Host', () => {
  it.each([
    ['NFS', 0x6969],
    ['CIFS', 0xff534d42],
    ['CIFS', 0xff534d42 | 0],
    ['SMB', 0xfe534d42],
    ['FUSE', 0x65735546],
    ['9P', 0x01021997],
    ['Ceph', 0x00c36400],
  ])('knows %s by its number %i', (kind, type) => {
    expect(networkFilesystemOf(type)).toBe(kind);
  });

  it.each([
    ['ext4', 0xef53],
    ['xfs', 0x58465342],
    ['btrfs', 0x9123683e],
    ['tmpfs', 0x01021994],
    ['overlayfs', 0x794c7630],
    ['zfs', 0x2fc12fc1],
    ['f2fs', 0xf2f52010],
  ])('lets %s pass', (_, type) => {
    expect(networkFilesystemOf(type)).toBeUndefined();
  });

  it('finds the directory for temporary files on a local disk', async () => {
    expect(await thisHost.networkFilesystem(tmpdir())).toBeUndefined();
  });

  it('gives one opaque machine ID each time, or none', async () => {
    const machineId = await thisHost.machineId();
    if (machineId !== undefined) expect(machineId).toMatch(/^[0-9a-f]{64}$/);
    expect(await thisHost.machineId()).toBe(machineId);
  });
});
