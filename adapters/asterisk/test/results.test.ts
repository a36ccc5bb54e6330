import { describe, expect, it } from 'vitest';
import { durationOf, interruptedAttempt, outcomeOf, readResult } from '../src/results.ts';

describe('a result that the dialplan has written', () => {
  it('gives the contact, the number, the times and the operator', () => {
    const result = readResult(
      'c-1|11987654321|1700000000|1700000009|1700000029|ATENDIDA|2001|16|SIP 200 OK',
    );
    expect(result).toEqual({
      contactId: 'c-1',
      number: '11987654321',
      begun: 1_700_000_000,
      answered: 1_700_000_009,
      ended: 1_700_000_029,
      status: 'ATENDIDA',
      extension: '2001',
    });
    expect(result && durationOf(result)).toBe(20);
  });

  it('has no duration when nobody answered', () => {
    const result = readResult('c-1|11987654321|1700000000||1700000029|OCUPADO||17|');
    expect(result && durationOf(result)).toBeUndefined();
  });

  it('has the outcome "failed" when it was the operator who could not be reached', () => {
    expect(outcomeOf('OPERADOR_OCUPADO')).toBe('failed');
    expect(outcomeOf('OPERADOR_INVALIDO')).toBe('failed');
  });

  it('is not read from a line in another format', () => {
    expect(readResult('something else')).toBeUndefined();
    expect(readResult('a|b|1|2|later|ATENDIDA|')).toBeUndefined();
  });

  it('gets its outcome from its status, and "unknown" from an unknown status', () => {
    expect(outcomeOf('MAQUINA')).toBe('voicemail');
    expect(outcomeOf('toString')).toBe('unknown');
    expect(outcomeOf('')).toBe('unknown');
  });
});

describe('the attempt of a call that was interrupted because Asterisk died', () => {
  it('has the number whose turn it was, and the id of the call', () => {
    const line = 'c-1|11987654321-11912345678|amd|1|1700000000|run-1|lab-1700000001.7';
    expect(interruptedAttempt('c-1', line)).toMatchObject({
      id: 'lab-1700000001.7',
      run: 'run-1',
      result: { contactId: 'c-1', number: '11912345678', begun: 1_700_000_000 },
    });
  });

  it('has an id that stays the same, made of key and time, if the call had not begun', () => {
    const line = 'c-1|11987654321||0|1700000000|run-1';
    expect(interruptedAttempt('c-1', line)?.id).toBe('c-1.1700000000');
    expect(interruptedAttempt('~1699999999.c-1.3a', line)?.id).toBe('c-1.3a.1700000000');
  });

  it('is not read from a line in another format', () => {
    expect(interruptedAttempt('c-1', 'something else')).toBeUndefined();
  });
});
