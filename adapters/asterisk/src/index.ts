import { defineAdapter, secret, TelephonyError, type AdapterContext } from '@finaz-telephony/core';
import * as v from 'valibot';
import { createAri, openManager } from './doctor/server.ts';
import { diagnoseServer } from './doctor/diagnose.ts';
import { ariError } from './features/ari-error.ts';
import { fetchRecording } from './features/fetch-recording.ts';
import { placeCall } from './features/place-call.ts';
import { transferCall } from './features/transfer-call.ts';
import { readDialplan } from './setup/package-files.ts';
import type { ServerAccess } from './setup/server-access.ts';
import { setupCommand } from './setup/setup-command.ts';

const SettingsSchema = v.strictObject({
  baseUrl: v.pipe(v.string(), v.url()),
  ariUser: v.optional(v.string(), 'finaz'),
  ariPassword: secret(),
  amiUser: v.optional(v.string(), 'finaz'),
  amiPassword: secret(),
  technology: v.optional(v.string(), 'PJSIP'),
  queues: v.optional(v.array(v.string()), []),
});

function accessOf(settings: v.InferOutput<typeof SettingsSchema>): ServerAccess {
  return {
    baseUrl: settings.baseUrl.replace(/\/+$/, ''),
    ari: { user: settings.ariUser, password: settings.ariPassword },
    ami: { user: settings.amiUser, password: settings.amiPassword },
    technology: settings.technology,
    queues: settings.queues,
    contexts: [
      { context: 'finaz-click2call', extension: '11999999999' },
      { context: 'finaz-transfere', extension: '11999999999' },
      { context: 'finaz-discador', extension: '100' },
      { context: 'finaz-evento', extension: 's' },
      { context: 'finaz-fim', extension: 's' },
    ],
  };
}

export default defineAdapter({
  id: 'asterisk',
  name: 'Asterisk',
  settings: SettingsSchema,
  commands: [setupCommand(accessOf)],
  create: (settings) => {
    const access = accessOf(settings);
    return {
      features: {
        click2call: placeCall(access),
        transfer: transferCall(access),
        recording: fetchRecording(access),
        // The dialplan tells by the manual's own address; a callback of its own it has not.
        answeredCall: async () => ({ events: [] }),
      },
      checkCredentials: (context) => checkCredentials(access, context),
      async *diagnose(context) {
        const { version } = await readDialplan();
        yield* diagnoseServer(access, version, context);
      },
    };
  },
});

async function checkCredentials(access: ServerAccess, context: AdapterContext): Promise<void> {
  const answer = await createAri(access, context)('GET', '/asterisk/ping');
  if (answer.status !== 200) throw ariError(answer, {});
  const knock = await openManager(access, context);
  if (knock.session) return knock.session.logoff();
  throw new TelephonyError({
    code: 'auth_failed',
    message: 'Asterisk does not accept user and password of AMI.',
    hint: 'Run "finaz-telephony asterisk doctor" for this connection.',
    vendor: { status: knock.status, message: knock.words },
  });
}
