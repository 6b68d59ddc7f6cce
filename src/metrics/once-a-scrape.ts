/**
 * The same answer to all who ask in one run of the event loop: a scrape asks every metric of a registry in turn, and
 * with ten thousand tags the figures behind them are worth being taken once.
 */
export function onceAScrape<T>(take: () => T): () => T {
  let taken: { readonly value: T } | undefined;
  return () => {
    if (taken === undefined) {
      taken = { value: take() };
      queueMicrotask(() => {
        taken = undefined;
      });
    }
    return taken.value;
  };
}
