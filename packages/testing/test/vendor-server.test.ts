import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startVendorServer, type VendorServer } from '../src/index.ts';

let vendor: VendorServer;
beforeEach(async () => {
  vendor = await startVendorServer({ recordingBytes: 2044, ranges: true });
});
afterEach(() => vendor.close());

interface Ask {
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const ask = (path: string, init: Ask = {}) =>
  fetch(`${vendor.url}${path}`, {
    ...init,
    headers: { Authorization: `Bearer ${vendor.token}`, ...init.headers },
  });
const call = (extension: string, number: string) =>
  ask('/calls', { method: 'POST', body: JSON.stringify({ extension, number, queue: '7' }) });

describe('the vendor server', () => {
  it('places a call, and refuses a second one to the same operator', async () => {
    expect(await (await call('1001', '41999998888')).json()).toMatchObject({ ok: true, id: 'c-1' });
    const second = await call('1001', '41999998888');
    expect(second.status).toBe(409);
    expect(await second.json()).toMatchObject({ error: { message: 'operador em ligacao' } });
    expect((await call('1009', '41999998888')).status).toBe(404);
  });

  it('makes real WAV files, whole and in parts', async () => {
    await call('1001', '41999998888');
    const whole = Buffer.from(await (await ask('/calls/c-1/recording')).arrayBuffer());
    expect(whole).toHaveLength(2044);
    expect(whole.toString('latin1', 0, 4)).toBe('RIFF');
    expect(whole.readUInt32LE(4)).toBe(2036);
    const part = await ask('/calls/c-1/recording', { headers: { Range: 'bytes=10-19' } });
    expect(part.status).toBe(206);
    expect(Buffer.from(await part.arrayBuffer())).toEqual(whole.subarray(10, 20));
  });

  it('dials the numbers of each contact until one answers, and reports the attempts as CSV', async () => {
    const contact = { contactId: '9', name: 'A', cpf: '1', phones: ['4133334410', '4133334444'] };
    await ask('/queues/7/contacts', { method: 'POST', body: JSON.stringify(contact) });
    const csv = 'ID;CPF;DDD1Telefone1\r\n10;2;4133334420\r\n';
    await ask('/queues/7/contacts.csv', { method: 'POST', body: csv });
    const attempts = await vendor.dial('7');
    expect(attempts.map(({ contactId, end, extension }) => [contactId, end, extension])).toEqual([
      ['9', 'busy', undefined],
      ['9', 'answered', '1001'],
      ['10', 'no_answer', undefined],
    ]);
    const results = await ask(
      '/queues/7/results?from=2000-01-01T00:00:00Z&to=2100-01-01T00:00:00Z',
      { headers: { Accept: 'text/csv' } },
    );
    const text = Buffer.from(await results.arrayBuffer()).toString('latin1');
    expect(text.split('\r\n')[0]).toBe('contato;numero;data;situação;ligação;ramal;duração');
    expect(text.split('\r\n')).toHaveLength(5);
    // A call with a duration is over, so its operator can be called again.
    expect((await call('1001', '41999998888')).status).toBe(201);
  });

  it('places a call and loses the answer if a fault says so', async () => {
    vendor.faults.next('click2call', { kind: 'resetBeforeAnswer' }, 1);
    await expect(call('1001', '41999998888')).rejects.toThrow('fetch failed');
    expect(vendor.telephony.calls.size).toBe(1);
    expect((await call('1002', '41999998888')).status).toBe(201);
  });
});
