import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import {
  isSafeContactId,
  plainNumber,
  safeCallId,
  safeExtension,
  safeQueue,
} from '../src/safe-text.ts';
import { AsteriskSettingsSchema } from '../src/settings.ts';

const secrets = { password: 'a-password' };

describe('text that goes into dialplan, AstDB and addresses', () => {
  it.each(['a%', 'a_b', 'a/b', 'a,b', 'ação', 'a b', '-a', '', 'a'.repeat(65), '${SHELL(id)}'])(
    'refuses the queue %j',
    (queue) => {
      expect(() => safeQueue(queue, 'contactLoad')).toThrow(/queue cannot be used/);
    },
  );

  it('refuses the queue names "c2c", "espera", "h" and "s", which mean something else in AstDB or the dialplan, and takes similar ones', () => {
    for (const queue of ['c2c', 'espera', 'h', 's'])
      expect(() => safeQueue(queue, 'contactLoad')).toThrow(/queue cannot be used/);
    for (const queue of ['c2c-1', 'espera2', '7', 'vendas-sp', 'C2C'])
      expect(safeQueue(queue, 'contactLoad')).toBe(queue);
    const settings = { baseUrl: 'https://pbx.example:8089', ari: secrets, ami: secrets };
    expect(v.is(AsteriskSettingsSchema, { ...settings, queues: ['100'] })).toBe(true);
    expect(v.is(AsteriskSettingsSchema, { ...settings, queues: ['c2c'] })).toBe(false);
  });

  it.each(['2001&2002', '2001@other', '../2001', '2001/n'])(
    'refuses the extension %j',
    (extension) => {
      expect(() => safeExtension(extension, 'click2call')).toThrow(/extension cannot be used/);
    },
  );

  it.each(['../../etc/passwd', 'a..b', 'a/b', 'a%2fb'])('refuses the call id %j', (callId) => {
    expect(() => safeCallId(callId, 'recording')).toThrow(/not a call id of Asterisk/);
  });

  it('takes a call id that begins with the system name of an Asterisk', () => {
    expect(safeCallId('pbx_sp-1795336865.3', 'recording')).toBe('pbx_sp-1795336865.3');
  });

  it('keeps only the digits of a number, and refuses a number with a second destination and a contact id with "|"', () => {
    expect(plainNumber('(11) 98765-4321')).toBe('11987654321');
    expect(plainNumber('11 98765-4321&PJSIP/2002')).toBeUndefined();
    expect(plainNumber('11987654321&11987654322')).toBeUndefined();
    expect(isSafeContactId('c|1')).toBe(false);
    expect(isSafeContactId('carteira:0001')).toBe(true);
  });
});
