import { titleOf, type HttpErrorCode, type ProblemItem, type ProblemOptions } from './problem.ts';

/** A request that cannot be served as it was sent. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly problem: ProblemOptions;

  constructor(
    status: number,
    code: HttpErrorCode,
    detail: string,
    more: Pick<ProblemOptions, 'hint' | 'errors' | 'headers' | 'rule'> = {},
  ) {
    super(detail);
    this.problem = { status, code, title: titleOf(code), detail, ...more };
  }
}

export function invalidRequest(
  errors: readonly ProblemItem[],
  detail = 'The request cannot be used as it is.',
): RequestError {
  return new RequestError(400, 'invalid_input', detail, { errors: [...errors] });
}
