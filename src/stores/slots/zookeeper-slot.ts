import { z } from 'zod';
import type { Slot, SlotData, SlotOwner } from '../slot-store.ts';

/** What a slot's node holds: Leaf's three fields by Leaf's names, and ours. */
interface SlotNode {
  readonly ip: string;
  readonly port: number | null;
  /** The high-water mark: for Leaf's readers, who compare it with their clock, the careful value. */
  readonly timestamp: number;
  readonly v: 2;
  readonly token: string;
  readonly incarnation: number;
  readonly renewal: number;
  readonly boundMs: number;
  readonly state: 'held' | 'released';
  readonly pid: number;
}

const unixMs = z.int().nonnegative();

const schema: z.ZodType<SlotNode> = z.object({
  ip: z.string(),
  port: z.int().nullable(),
  timestamp: unixMs,
  v: z.literal(2),
  token: z.string().min(1),
  incarnation: z.int().positive(),
  renewal: z.int().nonnegative(),
  boundMs: unixMs,
  state: z.enum(['held', 'released']),
  pid: z.int(),
});

export function encodeSlot(data: SlotData): Buffer {
  const { token, incarnation, renewal, hwmMs, boundMs, state, owner } = data;
  const { host, port, pid } = owner;
  const node: SlotNode = { ip: host, port, timestamp: hwmMs, v: 2, token, incarnation, renewal, boundMs, state, pid };
  return Buffer.from(JSON.stringify(node));
}

/** @throws SyntaxError or ZodError for what is no slot of ours */
export function decodeSlot(workerId: number, version: number, bytes: Buffer): Slot {
  const { ip, port, timestamp, pid, token, incarnation, renewal, boundMs, state } = schema.parse(
    JSON.parse(bytes.toString('utf8')),
  );
  const owner = { host: ip, port, pid };
  return { workerId, version, data: { token, incarnation, renewal, hwmMs: timestamp, boundMs, state, owner } };
}

/**
 * The name of a slot's node before its sequence number: `host:port-tree-`. Host and port are for people: a host is cut
 * and cleaned to what a path may hold, and decides nothing. The part of the tree's ID keeps a path from ever coming
 * back: a tree that was deleted and made anew gives the same numbers and versions again, and a compare-and-set that was
 * meant for a slot of the old one must find nothing there.
 */
export function slotPrefix({ host, port }: SlotOwner, treeId: string): string {
  const tree = treeId.replace(/[^A-Za-z0-9]/g, '').slice(0, 8);
  return `${host.slice(0, 200).replace(/[^A-Za-z0-9._:[\]-]/g, '_')}:${port ?? 0}-${tree}-`;
}

/** The worker ID in a node's name: the ten digits behind its last "-"; undefined for a node that is no slot. */
export function workerIdOf(name: string): number | undefined {
  const digits = /-(\d{10})$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
