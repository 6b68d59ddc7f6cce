/**
 * `node --import clock-shim.mjs`: a wall clock that a test can set. The offset in milliseconds stands in the file
 * FROND_TEST_CLOCK_FILE and is read at the start and at every SIGUSR2; timers and the monotonic clock are untouched.
 */
import { readFileSync } from 'node:fs';

const RealDate = Date;
let offsetMs = 0;

function readOffset() {
  offsetMs = Number(readFileSync(process.env.FROND_TEST_CLOCK_FILE, 'utf8'));
}

globalThis.Date = class ShiftedDate extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(RealDate.now() + offsetMs);
    else super(...args);
  }

  static now() {
    return RealDate.now() + offsetMs;
  }
};

readOffset();
process.on('SIGUSR2', () => {
  readOffset();
  process.stderr.write(`clock offset is ${offsetMs} ms\n`);
});
