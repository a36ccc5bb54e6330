import { createHmac } from 'node:crypto';
import { conformanceTests, startConformanceVendor } from '@finaz-telephony/testing/conformance';
import { genericHttpSettings } from '@finaz-telephony/testing';
import genericHttp from '../src/index.ts';

const call = { contactId: '7001', number: '41999998888', callId: 'c-1', extension: '1001' };

function event(key: string): Request {
  const body = new URLSearchParams(call).toString();
  return new Request('https://host.example/callbacks/test/test', {
    method: 'POST',
    headers: { 'X-Signature': createHmac('sha256', key).update(body).digest('hex') },
    body,
  });
}

function settings(url: string, token: string) {
  const { variables, ...usual } = genericHttpSettings(url, token);
  return {
    ...usual,
    variables: { ...variables, secret: 's3cret' },
    answeredCall: {
      signature: {
        given: '{{ header.x-signature }}',
        expected: '{{ text | hmac: variables.secret }}',
      },
      fields: {
        contactId: '{{ body.contactId }}',
        number: '{{ body.number }}',
        callId: '{{ body.callId }}',
        extension: '{{ body.extension }}',
      },
    },
  };
}

conformanceTests({
  definition: genericHttp,
  startVendor: async () => ({
    ...(await startConformanceVendor()),
    answeredEvent: () => event('s3cret'),
    answeredCalls: () => [call],
    forgedEvent: () => event('guess'),
  }),
  settings: (url) => settings(url, 'vendor-token'),
  settingsWithWrongCredentials: (url) => settings(url, 'wrong'),
});
