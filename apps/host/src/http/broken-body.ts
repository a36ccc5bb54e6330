import { invalidRequest, RequestError } from './request-error.ts';

/**
 * An error while a body is read is the fault of its sender, whatever code the error has: the connection that was reset is the sender's, not the one to the
 * store.
 */
export const brokenBody =
  (message = 'ends too early') =>
  (error: unknown): never => {
    throw error instanceof RequestError ? error : invalidRequest([{ path: 'body', message }]);
  };
