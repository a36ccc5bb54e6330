import { expect, it } from 'vitest';
import { startHostWithAdapter } from '../support/host-with-adapter.ts';
import { wanted } from '../support/shared-host.ts';

/** An adapter that accepts only a key of letters, digits and "-", and sends it. */
const particular = `({ key }) => {
  if (!/^[\\w-]*$/.test(key)) throw new Error('of another form');
  const click2call = async (_, { fetch }) => {
    const response = await fetch('https://acme.example/', { headers: { 'x-key': key } });
    return { callId: await response.text() };
  };
  return { features: { click2call } };
}`;

it.each([
  ['preview', {}],
  ['reply', { replies: [{ body: 'c-1' }] }],
])(
  'a %s works for an adapter that refuses the placeholder of a secret, and does not show the real secret',
  async (what, more) => {
    const host = await startHostWithAdapter(particular, 'click2call');
    const value = 'real-key-of-the-company';
    await host.tenant('/secrets/acmeKey', { method: 'PUT', json: { value } });
    const document: unknown = await (await host.tenant('')).json();
    const connections = { dialer: { adapter: 'acme', settings: { key: '${secret:acmeKey}' } } };
    const saved = await host.tenant('?check=skip', {
      method: 'PUT',
      json: Object.assign({}, document, { connections }),
    });
    expect(saved.status).toBe(200);
    const shown = await host.tenant(`/connections/dialer/${what}`, {
      json: { feature: 'click2call', input: wanted, ...more },
    });
    expect(shown.status).toBe(200);
    const text = await shown.text();
    expect(text).not.toContain(value);
    expect(text).toContain('https://acme.example/');
  },
);
