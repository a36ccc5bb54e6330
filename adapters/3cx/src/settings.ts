import { secret, type PhoneForm } from '@finaz-telephony/core';
import * as v from 'valibot';

const dialForms = [
  'national',
  'withZero',
  'e164',
  'number',
] as const satisfies readonly PhoneForm[];

const PrefixSchema = v.pipe(
  v.string(),
  v.regex(/^[\d*#]{0,12}$/, 'a prefix has digits, "*" and "#", and at most 12 of them'),
);

const isOrigin = (url: string) => {
  if (!URL.canParse(url)) return false;
  const { href, origin, protocol } = new URL(url);
  return /^https?:$/.test(protocol) && href === `${origin}/`;
};

/** How to reach a 3CX, and how numbers are dialed there. 3CX reports times in UTC, so there is no time zone to set. */
export const ThreeCxSettingsSchema = v.pipe(
  v.strictObject({
    baseUrl: v.pipe(
      v.string(),
      v.check(
        isOrigin,
        'write scheme, name and port alone, for example https://company.3cx.example:5001',
      ),
      v.description(
        'Address of the PBX, without a path: port 443 where 3CX hosts it, mostly 5001 elsewhere.',
      ),
      v.transform((url) => url.replace(/\/+$/, '')),
    ),
    clientId: v.pipe(
      v.string(),
      v.nonEmpty(),
      v.description('Client ID of the API client: admin console, Integrations, API.'),
    ),
    apiKey: secret('API key of the API client, which 3CX shows once; write ${secret:name}.'),
    devices: v.pipe(
      v.optional(v.array(v.pipe(v.string(), v.nonEmpty())), []),
      v.description(
        'Parts of the names of phones, the preferred first, for example ["Web Client", "Yealink"]. Of an operator with several registered phones the first that fits rings, else the first of all.',
      ),
    ),
    ringSeconds: v.pipe(
      v.optional(v.pipe(v.number(), v.integer(), v.minValue(5), v.maxValue(120)), 30),
      v.description('How long 3CX may try to place a call.'),
    ),
    dial: v.pipe(
      v.optional(
        v.strictObject({
          form: v.pipe(
            v.optional(v.picklist(dialForms), 'national'),
            v.description(
              'national 11987654321, withZero 011987654321, e164 +5511987654321, number 987654321.',
            ),
          ),
          prefix: v.pipe(
            v.optional(PrefixSchema, ''),
            v.description('Before the number, as an outbound rule of 3CX wants it.'),
          ),
          queues: v.pipe(
            v.optional(v.record(v.string(), PrefixSchema), {}),
            v.description('Another prefix by queue, where it selects another outbound rule.'),
          ),
        }),
        {},
      ),
      v.description('How outside numbers are dialed.'),
    ),
  }),
  v.title('3CX'),
);
export type ThreeCxSettings = v.InferOutput<typeof ThreeCxSettingsSchema>;
