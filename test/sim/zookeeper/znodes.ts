/** One node; never changed, only replaced. */
export interface Znode {
  readonly data: Buffer;
  readonly version: number;
  /** Of children, ever: the next sequence number. */
  readonly creations: number;
  /** Names. */
  readonly children: readonly string[];
  readonly mtimeMs: number;
  readonly ephemeralOwner: bigint;
}

export type Nodes = ReadonlyMap<string, Znode>;

export type WriteStep =
  | { readonly op: 'create'; readonly path: string; readonly data: Buffer; readonly mode: Mode }
  | { readonly op: 'setData'; readonly path: string; readonly data: Buffer; readonly version: number }
  | { readonly op: 'remove'; readonly path: string; readonly version: number };

export type Mode = 'persistent' | 'sequential' | 'ephemeral';

/** ZooKeeper's own numbers. */
export const CODE = {
  ok: 0,
  runtimeInconsistency: -2,
  connectionLoss: -4,
  noNode: -101,
  badVersion: -103,
  nodeExists: -110,
  notEmpty: -111,
  sessionExpired: -112,
} as const;

export interface StepResult {
  readonly code: number;
  /** Where it is, and what it is now. */
  readonly path?: string;
  readonly node?: Znode;
}

/** Node by path as it is after a change; undefined for one that is gone. */
export type Changes = ReadonlyMap<string, Znode | undefined>;

export interface Author {
  readonly sessionId: bigint;
  /** The leader's wall clock; Unix ms. */
  readonly timeMs: number;
}

export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

export function emptyRoot(): Znode {
  return { data: Buffer.alloc(0), version: 0, creations: 0, children: [], mtimeMs: 0, ephemeralOwner: 0n };
}

/** A change in the making: its steps see each other, and nobody else sees them. */
export class Draft {
  readonly #nodes: Nodes;
  readonly #author: Author;
  readonly #changes = new Map<string, Znode | undefined>();

  constructor(nodes: Nodes, author: Author) {
    this.#nodes = nodes;
    this.#author = author;
  }

  get changes(): Changes {
    return this.#changes;
  }

  apply(step: WriteStep): StepResult {
    if (step.op === 'create') return this.#create(step.path, step.data, step.mode);
    const node = this.#get(step.path);
    if (node === undefined) return { code: CODE.noNode };
    if (step.version !== -1 && step.version !== node.version) return { code: CODE.badVersion };
    return step.op === 'setData' ? this.#setData(step.path, node, step.data) : this.#remove(step.path, node);
  }

  #get(path: string): Znode | undefined {
    return this.#changes.has(path) ? this.#changes.get(path) : this.#nodes.get(path);
  }

  #create(wanted: string, data: Buffer, mode: Mode): StepResult {
    const parentPath = parentOf(wanted);
    const parent = this.#get(parentPath);
    if (parent === undefined) return { code: CODE.noNode };
    const path = mode === 'sequential' ? wanted + String(parent.creations).padStart(10, '0') : wanted;
    if (this.#get(path) !== undefined) return { code: CODE.nodeExists };
    const ephemeralOwner = mode === 'ephemeral' ? this.#author.sessionId : 0n;
    const node = { ...emptyRoot(), data, mtimeMs: this.#author.timeMs, ephemeralOwner };
    const children = [...parent.children, path.slice(path.lastIndexOf('/') + 1)];
    this.#changes.set(path, node);
    this.#changes.set(parentPath, { ...parent, creations: parent.creations + 1, children });
    return { code: CODE.ok, path, node };
  }

  #setData(path: string, before: Znode, data: Buffer): StepResult {
    const node = { ...before, data, version: before.version + 1, mtimeMs: this.#author.timeMs };
    this.#changes.set(path, node);
    return { code: CODE.ok, path, node };
  }

  #remove(path: string, node: Znode): StepResult {
    if (node.children.length > 0) return { code: CODE.notEmpty };
    const parentPath = parentOf(path);
    const parent = this.#get(parentPath)!;
    const name = path.slice(path.lastIndexOf('/') + 1);
    this.#changes.set(path, undefined);
    this.#changes.set(parentPath, { ...parent, children: parent.children.filter(child => child !== name) });
    return { code: CODE.ok, path };
  }
}

/** All steps or none. Of a refused change, the first code that is not 0 is the cause. */
export function applyAll(draft: Draft, steps: readonly WriteStep[]): StepResult[] {
  const results: StepResult[] = [];
  for (const step of steps) {
    const result = draft.apply(step);
    results.push(result);
    if (result.code === CODE.ok) continue;
    while (results.length < steps.length) results.push({ code: CODE.runtimeInconsistency });
    break;
  }
  return results;
}
