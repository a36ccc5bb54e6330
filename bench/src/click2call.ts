import type { LoadRequest } from './load.ts';
import { adminKey, saveTenant } from './processes.ts';

let calls = 0;

/** The next request for a call, for either side of a bench. The calls go round fifty operators, each to another number. */
export function callAt(url: string): LoadRequest {
  calls += 1;
  const extension = String(1000 + (calls % 50));
  const number = `9${String(90_000_000 + (calls % 9_999_999))}`;
  return {
    url,
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${adminKey}` },
    body: JSON.stringify({ queue: '7', extension, areaCode: '41', number }),
  };
}

/** Saves a company at the host whose calls go to this vendor. Resolves with the address for its calls. */
export async function saveCaller(hostUrl: string, vendorUrl: string): Promise<string> {
  const settings = {
    baseUrl: vendorUrl,
    headers: { Authorization: 'Bearer {{ variables.token }}' },
    variables: { token: 'vendor-token' },
    click2call: {
      request: {
        method: 'POST',
        url: '/calls',
        body: {
          json: {
            extension: '{{ extension }}',
            number: '{{ areaCode }}{{ number }}',
            queue: '{{ queue }}',
          },
        },
      },
      outcome: [{ when: 'reply.ok == false', is: 'refused' }],
      capture: { callId: '{{ reply.id }}' },
    },
  };
  await saveTenant(hostUrl, settings, ['click2call']);
  return `${hostUrl}/v1/tenants/1042/calls`;
}
