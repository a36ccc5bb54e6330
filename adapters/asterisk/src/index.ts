import { defineAdapter } from '@finaz-telephony/core';
import { fromTemplate } from '@finaz-telephony/core/template';
import { inAmiSession } from './ami.ts';
import { askAri } from './ari.ts';
import { diagnoseServer } from './doctor/diagnose.ts';
import { click2call } from './features/click2call.ts';
import { contactClear } from './features/contact-clear.ts';
import { contactLoad } from './features/contact-load.ts';
import { dialerResults } from './features/dialer-results.ts';
import { followCall } from './features/follow-call.ts';
import { recording } from './features/recording.ts';
import { transfer } from './features/transfer.ts';
import { AsteriskSettingsSchema, type AsteriskSettings } from './settings.ts';
import { readDialplan } from './setup/package-files.ts';
import type { ServerAccess } from './setup/server-access.ts';
import { setupCommand } from './setup/setup-command.ts';

export { AsteriskSettingsSchema, type AsteriskSettings } from './settings.ts';

/** The dialplan reports answered calls to the manual's own address. */
const manualEvent = fromTemplate({ answeredCall: {} });

function accessOf({
  baseUrl,
  ari,
  ami,
  technology,
  operatorChannel,
  queues,
  contexts,
}: AsteriskSettings): ServerAccess {
  const anyNumber = '11999999999';
  return {
    baseUrl,
    ari,
    ami,
    technology,
    ...(operatorChannel !== undefined && { operatorChannel }),
    queues,
    contexts: [
      { context: contexts.click2call, extension: anyNumber },
      { context: contexts.transfer, extension: anyNumber },
      { context: contexts.transferToExtension, extension: '1001' },
      { context: contexts.transferToQueue, extension: '100' },
      { context: contexts.dialer, extension: '100' },
      { context: contexts.callEnd, extension: 's' },
    ],
  };
}

/** Asterisk 18 and later, over HTTP alone: ARI, and the manager interface over HTTP. */
export default defineAdapter({
  id: 'asterisk',
  name: 'Asterisk',
  settings: AsteriskSettingsSchema,
  commands: [setupCommand(accessOf)],
  create: (settings) => ({
    features: {
      ...manualEvent,
      click2call: click2call(settings),
      transfer: transfer(settings),
      recording: recording(settings),
      contactLoad: contactLoad(settings),
      contactClear: contactClear(settings),
      dialerResults: dialerResults(settings),
    },
    followCall: followCall(settings),
    async checkCredentials(context) {
      const work = { settings, context, feature: undefined };
      await askAri(work, 'GET', '/asterisk/ping');
      await inAmiSession(work, async () => undefined);
    },
    async *diagnose(context) {
      const { version } = await readDialplan();
      yield* diagnoseServer(accessOf(settings), version, context);
    },
  }),
});
