import { invalidRequest, RequestError } from './error-response.ts';

/** For what goes wrong while a body is read: it is the sender's, whatever its code; a connection that is reset is not that of the store. */
export const brokenBody =
  (message = 'ends too early') =>
  (error: unknown): never => {
    throw error instanceof RequestError ? error : invalidRequest([{ path: 'body', message }]);
  };
