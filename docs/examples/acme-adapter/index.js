import { defineAdapter, meaningOfStatus, secret, TelephonyError } from '@finaz-telephony/core';
import { fromTemplate } from '@finaz-telephony/core/template';
import * as v from 'valibot';

const SettingsSchema = v.strictObject({
  baseUrl: v.pipe(v.string(), v.url(), v.description('Address of the Acme PBX.')),
  token: secret('Token from Acme, Settings, API.'),
});

/** What a template can say is data: recording and the check of the credentials. */
const template = ({ baseUrl, token }) => ({
  baseUrl,
  variables: { token },
  headers: { Authorization: 'Bearer {{ variables.token }}' },
  recording: { request: { url: '/calls/{{ callId }}/recording' } },
  transfer: {
    request: {
      method: 'POST',
      url: '/extensions/{{ extension }}/transfer',
      body: { json: { destination: '{{ destination }}' } },
    },
    outcome: [{ when: 'status == 409', is: 'refused', message: '{{ reply.error.message }}' }],
  },
});

/** What a template cannot say is a function: Acme wants to be asked for the state of the extension first. */
const placeCall = (settings) => async (input, context) => {
  const response = await context.fetch(`${settings.baseUrl}/calls`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${settings.token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({
      extension: input.extension,
      number: `${input.phone.areaCode}${input.phone.number}`,
      queue: input.queue,
    }),
    signal: context.signal,
  });
  const reply = readReply(await response.text());
  if (response.ok && typeof reply.id === 'string') return { callId: reply.id };
  if (response.ok) {
    // A page of something in between, or an answer without an id: whether a call rings, nobody can tell.
    throw new TelephonyError({
      code: 'unreadable_response',
      message: 'Acme answered without an id of the call.',
      feature: 'click2call',
      delivery: 'unknown',
      vendor: { status: response.status },
    });
  }
  throw new TelephonyError({
    ...meaningOfStatus(response),
    message: 'Acme refused the call.',
    feature: 'click2call',
    vendor: { status: response.status, message: reply.error?.message ?? '' },
  });
};

/** What is no JSON says nothing. */
function readReply(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

export default defineAdapter({
  id: 'acme',
  name: 'Acme PBX',
  settings: SettingsSchema,
  create: (settings) => ({
    features: { ...fromTemplate(template(settings)), click2call: placeCall(settings) },
    async checkCredentials(context) {
      const response = await context.fetch(`${settings.baseUrl}/ping`, {
        headers: { Authorization: `Bearer ${settings.token}` },
        signal: context.signal,
      });
      const failed = meaningOfStatus(response);
      if (failed) {
        throw new TelephonyError({
          ...failed,
          message: 'Acme did not let this connection in.',
          vendor: { status: response.status },
        });
      }
    },
  }),
});
