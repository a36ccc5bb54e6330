import { Counts } from '../counts.ts';
import { RequestError } from '../http/request-error.ts';

/**
 * The most such streams of one company on one host. Writing an event to one stream takes some 50 µs of the thread that all companies share: with thousands of
 * streams, each answered call would hold up everybody for a quarter of a second. The CRM's server needs one.
 */
const mostOfCompany = 500;

/** Counts the streams that show the calls of all extensions. */
export interface WideStreams {
  /** @throws {RequestError} 429 if the company has as many as it may */
  readonly refuseTooMany: (tenantId: string) => void;
  /** @returns to be called when the stream has ended */
  readonly opened: (tenantId: string) => () => void;
}

export function createWideStreams(): WideStreams {
  const open = new Counts();
  return {
    refuseTooMany(tenantId) {
      if (open.of(tenantId) < mostOfCompany) return;
      throw new RequestError(
        429,
        'too_many_requests',
        `The company has ${mostOfCompany} streams open that show the calls of all extensions.`,
        {
          hint: 'Name the extension of each screen (?extension=1001), or let the server of the CRM follow one stream for all of them.',
        },
      );
    },
    opened: (tenantId) => open.add(tenantId),
  };
}
