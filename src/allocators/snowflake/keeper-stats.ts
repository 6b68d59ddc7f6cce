import type { ErrorCode } from '../../errors.ts';
import type { ClaimPath } from './slot-choice.ts';
import type { WriteOutcome } from './slot-hold.ts';

/**
 * `accepted`: it proved the last holder dead. `outdated`: no slot is held under its token any more, or it is an old copy.
 * `damaged`: torn, or copied here. `unreadable`: nothing can be kept on this host.
 */
export type ProofOutcome = 'accepted' | 'outdated' | 'absent' | 'damaged' | 'unreadable';

/** What happened to the slot keeper since it was made; plain numbers for /status and metrics. */
export class KeeperStats {
  readonly claims: Record<ClaimPath, number> = {
    proof: 0,
    created: 0,
    released: 0,
    expired: 0,
    readBack: 0,
    offline: 0,
  };
  readonly renewals: Record<WriteOutcome, number> = { acknowledged: 0, unknown: 0, lost: 0 };
  /** How stops ended: what is not acknowledged stays held up to its bound. */
  readonly releases: Record<WriteOutcome | 'parked', number> = { acknowledged: 0, unknown: 0, lost: 0, parked: 0 };
  /** What the record found on this host was good for. */
  readonly proofs: Record<ProofOutcome, number> = { accepted: 0, outdated: 0, absent: 0, damaged: 0, unreadable: 0 };
  /** Writes of this host's record. */
  readonly records = { written: 0, failed: 0 };
  /** Claims that failed and reasons for not serving, by error code; each occurrence counts. */
  readonly troubles: Partial<Record<ErrorCode, number>> = {};
  /** Slots found to be somebody else's. */
  fences = 0;
  /** Forward jumps of the wall clock that were held back, and those accepted afterwards. */
  jumpsHeld = 0;
  jumpsConfirmed = 0;

  trouble(code: ErrorCode): void {
    this.troubles[code] = (this.troubles[code] ?? 0) + 1;
  }
}
