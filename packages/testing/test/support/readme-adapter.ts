import { defineAdapter, meaningOfStatus, secret, TelephonyError } from '@finaz-telephony/core';
import * as v from 'valibot';

const Placed = v.pipe(v.string(), v.parseJson(), v.object({ id: v.string() }));

export default defineAdapter({
  id: 'acme',
  name: 'Acme PBX',
  settings: v.strictObject({ baseUrl: v.pipe(v.string(), v.url()), token: secret() }),
  create: (settings) => ({
    features: {
      click2call: async (input, context) => {
        const response = await context.fetch(`${settings.baseUrl}/calls`, {
          method: 'POST',
          headers: {
            Authorization: `Bearer ${settings.token}`,
            'Content-Type': 'application/json',
          },
          body: JSON.stringify({
            extension: input.extension,
            number: `${input.phone.areaCode}${input.phone.number}`,
            queue: input.queue,
          }),
          signal: context.signal,
        });
        const text = await response.text();
        const vendor = { status: response.status, excerpt: text.slice(0, 500) };
        const failed = meaningOfStatus(response);
        if (failed) {
          throw new TelephonyError({ ...failed, message: 'Acme did not place the call.', vendor });
        }
        const placed = v.safeParse(Placed, text);
        if (placed.success) return { callId: placed.output.id };
        // A page with status 200 is not a confirmation, but the call may have been placed all the same.
        throw new TelephonyError({
          code: 'unreadable_response',
          message: "Acme's answer has no id of a call.",
          delivery: 'unknown',
          vendor,
        });
      },
    },
  }),
});
