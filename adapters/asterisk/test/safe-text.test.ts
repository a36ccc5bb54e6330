import { describe, expect, it } from 'vitest';
import {
  isSafeContactId,
  plainNumber,
  safeCallId,
  safeExtension,
  safeQueue,
} from '../src/safe-text.ts';

describe('text that goes into dialplan, AstDB and addresses', () => {
  it.each(['a%', 'a_b', 'a/b', 'a,b', '', '${SHELL(id)}'])('refuses the queue %j', (queue) => {
    expect(() => safeQueue(queue, 'contactLoad')).toThrow(/queue cannot be used/);
  });

  it.each(['2001&2002', '2001@other', '../2001', '2001/n'])(
    'refuses the extension %j',
    (extension) => {
      expect(() => safeExtension(extension, 'click2call')).toThrow(/extension cannot be used/);
    },
  );

  it.each(['../../etc/passwd', 'a..b', 'a/b', 'a%2fb'])('refuses the call id %j', (callId) => {
    expect(() => safeCallId(callId, 'recording')).toThrow(/none of Asterisk/);
  });

  it('lets a number be digits alone, so that it names one destination', () => {
    expect(plainNumber('(11) 98765-4321')).toBe('11987654321');
    expect(plainNumber('11 98765-4321&PJSIP/2002')).toBeUndefined();
    expect(plainNumber('11987654321&11987654322')).toBeUndefined();
    expect(isSafeContactId('c|1')).toBe(false);
    expect(isSafeContactId('carteira:0001')).toBe(true);
  });
});
