import { invalidRequest, RequestError } from './error-response.ts';

/**
 * What goes wrong while a body is read is its sender's fault, whatever code the error has: a reset connection is the sender's, and not the one to
 * the store.
 */
export const brokenBody =
  (message = 'ends too early') =>
  (error: unknown): never => {
    throw error instanceof RequestError ? error : invalidRequest([{ path: 'body', message }]);
  };
