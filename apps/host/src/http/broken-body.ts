import { invalidRequest, RequestError } from './error-response.ts';

/**
 * What goes wrong while a body is read is its sender's fault, whatever code the error has: a connection that was reset is the sender's, and not that to
 * the store.
 */
export const brokenBody =
  (message = 'ends too early') =>
  (error: unknown): never => {
    throw error instanceof RequestError ? error : invalidRequest([{ path: 'body', message }]);
  };
