/**
 * A real server of a test's own, to torment. `start` resolves when it answers; `restart` brings it back on the same
 * data and port, dead or alive; `stop` ends it for good and removes its data.
 */
export interface LocalServer {
  readonly host: string;
  /** Valid after `start`; the same for the life of the object. */
  readonly port: number;
  start(): Promise<void>;
  /** Freezes it: connections stay open, nothing is answered. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Kills it without warning; resolves when it is dead. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface MysqlServer extends LocalServer {
  /** `mysql://root[:password]@host:port`, without a database. */
  readonly url: string;
}

export interface ZookeeperServer extends LocalServer {
  /** `zookeeper://host:port`, without a tree. */
  readonly url: string;
}

export interface ZookeeperOptions {
  /** The longest session that it grants, whatever is asked for; ms. @default 60000 */
  readonly maxSessionMs?: number;
}

/** How servers can be run on this machine. */
export type Runtime = { readonly kind: 'docker' } | { readonly kind: 'native'; readonly binary: string };
