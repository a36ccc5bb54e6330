import { TelephonyError, type AdapterContext } from '@finaz-telephony/core';
import { demand } from './check.ts';
import { interposed } from './interposed.ts';

/** As of Cloudflare: who looks at the status by hand knows 502 and 504, and hardly this one. */
const status = 524;

/** What has been done, and is answered by a gateway alone, which has no answer of the vendor's: nobody knows. @param count raised by each request that does it */
export async function demandDoubtBehindGateway(
  send: (context: AdapterContext) => Promise<unknown>,
  count: () => number,
): Promise<void> {
  const { context } = interposed(async (_, pass) => {
    const before = count();
    const response = await pass();
    return count() > before ? new Response(`error code: ${status}`, { status }) : response;
  });
  const thrown: unknown = await send(context).then(
    () => undefined,
    (error: unknown) => error,
  );
  // It may have asked the vendor for what came of it.
  if (thrown === undefined) return;
  const delivery = TelephonyError.isInstance(thrown) ? thrown.delivery : 'not said';
  demand(
    delivery === 'unknown',
    `the vendor had done it, a gateway in front of it answered with status ${status}, and delivery is ${delivery}; whether it happened is unknown: see meaningOfStatus`,
  );
}
