import { defineAdapter, secret } from '@finaz-telephony/core';
import * as v from 'valibot';
import { diagnoseServer } from './doctor/diagnose.ts';
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
  create: (settings) => ({
    features: {},
    async *diagnose(context) {
      const { version } = await readDialplan();
      yield* diagnoseServer(accessOf(settings), version, context);
    },
  }),
});
