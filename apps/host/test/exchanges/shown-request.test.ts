import { describe, expect, it } from 'vitest';
import { shownRequest } from '../../src/exchanges/shown-request.ts';

const url = 'https://pbx.example/calls';

describe('a shown request', () => {
  it('has the content type of its form, and the same boundary each time', async () => {
    const form = () => {
      const data = new FormData();
      data.set('queue', '7');
      return data;
    };
    const shown = await shownRequest(url, { method: 'POST', body: form() });
    expect(shown).toEqual({
      method: 'POST',
      url,
      headers: { 'content-type': 'multipart/form-data; boundary=BOUNDARY' },
      body: '--BOUNDARY\r\nContent-Disposition: form-data; name="queue"\r\n\r\n7\r\n--BOUNDARY--\r\n',
    });
    expect(await shownRequest(url, { method: 'POST', body: form() })).toEqual(shown);
  });

  it('shows a Latin-1 body as text', async () => {
    const body = new Uint8Array(Buffer.from('nome=João', 'latin1'));
    expect(await shownRequest(url, { method: 'POST', body })).toMatchObject({ body: 'nome=João' });
  });

  it('has no header that the request did not set', async () => {
    expect(await shownRequest(url, { body: 'a=b' })).toEqual({
      method: 'GET',
      url,
      headers: {},
      body: 'a=b',
    });
  });
});
