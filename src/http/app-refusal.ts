import { FrondError } from '../errors.ts';

/** What express and its body parser say of a bad request: `status`, a `type` and details by type. */
interface HttpError {
  readonly status: number;
  readonly type?: string;
  readonly message: string;
  readonly limit?: number;
  readonly body?: string;
  /** The Content-Encoding that is not taken. */
  readonly encoding?: string;
}

function isHttpError(error: unknown): error is HttpError {
  const status = (error as HttpError | undefined)?.status;
  return error instanceof Error && typeof status === 'number' && status >= 400 && status < 500;
}

/** The caller's mistakes that express finds, as our own refusals; everything else is given back as it came. */
export function fromExpress(error: unknown, contentType: string | undefined): unknown {
  if (error instanceof FrondError || !isHttpError(error)) return error;
  const options = { cause: error };
  if (error.type === 'entity.too.large') {
    return new FrondError('PAYLOAD_TOO_LARGE', { limitBytes: error.limit ?? 0 }, options);
  }
  if (error.status === 415) {
    const encoding = error.encoding === undefined ? '' : ` in ${error.encoding}`;
    return new FrondError('UNSUPPORTED_MEDIA_TYPE', { contentType: `${contentType ?? ''}${encoding}` }, options);
  }
  if (error.type === 'entity.parse.failed') {
    return new FrondError('INVALID_ARGUMENT', { field: 'body', value: error.body, expected: 'valid JSON' }, options);
  }
  return new FrondError('MALFORMED_REQUEST', { reason: error.message.slice(0, 200) }, options);
}
