/** What PUT /tags/:tag takes. */
export const PUT_TYPES: readonly string[] = ['application/json'];

/** What PATCH takes: RFC 7396's own type, and the one that everybody sends. */
export const PATCH_TYPES: readonly string[] = ['application/merge-patch+json', 'application/json'];

/** The largest body of both. */
export const BODY_MAX_BYTES = 16 * 1024;
