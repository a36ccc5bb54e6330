import { createMiddleware } from 'hono/factory';
import { invalidRequest } from './request-error.ts';
import type { HostEnv } from './host-env.ts';

const message = 'is not percent-encoded UTF-8, in which é is %C3%A9, and % itself %25';

/** An address in Latin-1 would be taken as it is written: contacts would be loaded into a queue called "S%E3o Paulo", which nobody dials, and a list would be silently empty. */
export const refuseOtherEncodings = createMiddleware<HostEnv>(async ({ req }, next) => {
  if (!isUtf8(req.url)) {
    const [address = '', ...query] = req.url.split('?');
    const parameters = query.join('?').split('&');
    throw invalidRequest([
      ...(isUtf8(address) ? [] : [{ path: 'address', message }]),
      ...parameters
        .filter((pair) => !isUtf8(pair))
        .map((pair) => ({ parameter: pair.replace(/=.*/, ''), message })),
    ]);
  }
  await next();
});

function isUtf8(encoded: string): boolean {
  try {
    decodeURIComponent(encoded);
    return true;
  } catch {
    return false;
  }
}
