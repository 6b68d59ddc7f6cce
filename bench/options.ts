/** What the command line asks of every benchmark; each takes what concerns it. */
export interface BenchOptions {
  /** More rounds, narrower results; undefined for the benchmark's own number. */
  readonly rounds: number | undefined;
  /** `zookeeper://host:port/tree`; the tree is made when it is missing, and its worker IDs are used up for some minutes. */
  readonly zookeeper: string | undefined;
  /** Keep the figures that the documentation shows. */
  readonly save: boolean;
}
