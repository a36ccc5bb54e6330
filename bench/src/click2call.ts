import type { LoadRequest } from './load.ts';
import { adminKey, saveTenant } from './processes.ts';

let calls = 0;

/** One call, as each side of a bench is asked for it: each of another of fifty operators, to another number. */
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

/** A company at the host whose calls go to that vendor. Resolves with the address of its calls. */
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
