import { secret } from '@finaz-telephony/core';
import * as v from 'valibot';
import { isSafeQueue, queueRule } from './safe-text.ts';

const context = (fallback: string, what: string) =>
  v.pipe(
    v.optional(
      v.pipe(
        v.string(),
        v.regex(/^[A-Za-z0-9_-]{1,79}$/, 'a context has letters, digits, "_", "-"'),
      ),
      fallback,
    ),
    v.description(what),
  );

const userIn = (file: string) =>
  v.pipe(
    v.optional(v.pipe(v.string(), v.nonEmpty()), 'finaz'),
    v.description(`Name of the user in ${file}.`),
  );

/** How to reach an Asterisk and what its administrator has set up there (see `server/finaz.conf`). */
export const AsteriskSettingsSchema = v.pipe(
  v.strictObject({
    baseUrl: v.pipe(
      v.string(),
      v.url(
        'write the address of the HTTP server of Asterisk, for example https://pbx.example:8089',
      ),
      v.description('Address of its HTTP server: http.conf, bindport 8088 or with TLS 8089.'),
      v.transform((url) => url.replace(/\/+$/, '')),
    ),
    ari: v.pipe(
      v.strictObject({
        user: userIn('ari.conf'),
        password: secret('Password of the user in ari.conf; write ${secret:name}.'),
      }),
      v.description('A user of ari.conf, not read only.'),
    ),
    ami: v.pipe(
      v.strictObject({
        user: userIn('manager.conf'),
        password: secret('Secret of the user in manager.conf; write ${secret:name}.'),
      }),
      v.description('A user of manager.conf with write = call,originate,system,agent.'),
    ),
    queues: v.pipe(
      v.optional(v.array(v.pipe(v.string(), v.check(isSafeQueue, queueRule))), []),
      v.description('Queues that setup writes and the doctor looks at.'),
    ),
    technology: v.pipe(
      v.optional(v.picklist(['PJSIP', 'SIP', 'IAX2', 'DAHDI', 'SCCP']), 'PJSIP'),
      v.description('Of the operators’ phones.'),
    ),
    operatorChannel: v.pipe(
      v.optional(
        v.pipe(
          v.string(),
          v.regex(
            /^[A-Za-z0-9]+\/[^%&,\s]*%[^%&,\s]*$/,
            'write a channel with one "%" in the place of the extension, for example Local/%@from-internal',
          ),
        ),
      ),
      v.description(
        'What rings an operator, where it is not the phone itself: "%" stands for the extension. Local/%@from-internal lets the dialplan of the server decide.',
      ),
    ),
    callerId: v.pipe(
      v.optional(
        v.pipe(v.string(), v.regex(/^[^\r\n]{0,80}$/, 'a caller id has at most 80 characters')),
      ),
      v.description('What the operator’s phone shows while it rings.'),
    ),
    ringSeconds: v.pipe(
      v.optional(v.pipe(v.number(), v.integer(), v.minValue(5), v.maxValue(120)), 20),
      v.description('How long the operator’s phone rings.'),
    ),
    transferSeconds: v.pipe(
      v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(30)), 6),
      v.description(
        'How long a transfer waits for the destination, so that the operator hears what became of it.',
      ),
    ),
    answeringMachines: v.pipe(
      v.optional(v.boolean(), true),
      v.description('The dialer tells machines from people (AMD); costs each person two seconds.'),
    ),
    contexts: v.pipe(
      v.optional(
        v.strictObject({
          click2call: context('finaz-click2call', 'Dials the customer.'),
          transfer: context('finaz-transfere', 'Transfers to outside numbers.'),
          transferToExtension: context('finaz-transfere-ramal', 'Transfers to extensions.'),
          transferToQueue: context('finaz-transfere-fila', 'Transfers to queues.'),
          dialer: context('finaz-discador', 'The dialer.'),
          callEnd: context('finaz-fim', 'Writes the result of a call.'),
        }),
        {},
      ),
      v.description('Names of the contexts, where the administrator has changed them.'),
    ),
  }),
  v.title('Asterisk'),
);
export type AsteriskSettings = v.InferOutput<typeof AsteriskSettingsSchema>;
