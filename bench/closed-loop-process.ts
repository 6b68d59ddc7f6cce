/**
 * Loads servers by autocannon, one load after another, as its parent asks: started anew for each, the load generator
 * itself would be what warms up.
 */
import autocannon from 'autocannon';
import type { ClosedLoop, ClosedLoopReport } from './http-load.ts';

/** autocannon ends a load, as it looks at everything, only so often; its default is a second. Milliseconds. */
const SAMPLE_MS = 20;

process.on('message', async ({ headers, ...load }: ClosedLoop) => {
  const options = { ...load, headers: { ...headers }, sampleInt: SAMPLE_MS };
  const { requests, start, finish, non2xx, errors } = await autocannon(options);
  const seconds = (finish.getTime() - start.getTime()) / 1000;
  process.send!({ requests: requests.total, seconds, non2xx, errors } satisfies ClosedLoopReport);
});
process.on('disconnect', () => process.exit());
