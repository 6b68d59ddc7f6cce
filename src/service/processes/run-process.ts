import { systemTimers } from '../../system/timers.ts';
import { ParentLink } from './parent-link.ts';

/** Runs one of several processes. Why it could not start is told to the parent, which decides what follows. */
export async function runProcess(index: number, serve: (link: ParentLink) => Promise<void>): Promise<void> {
  const link = new ParentLink(index, systemTimers);
  try {
    await serve(link);
    link.started();
  } catch (error) {
    await link.failed(error);
    process.exit(1);
  }
}
