import type { Outcome } from '@finaz-telephony/core';
import { withoutTime } from './families.ts';

/** How a call ended, in the words of the dialplan. */
const outcomes: Readonly<Record<string, Outcome>> = {
  ATENDIDA: 'answered',
  OCUPADO: 'busy',
  NAO_ATENDE: 'no_answer',
  MAQUINA: 'voicemail',
  INVALIDO: 'invalid_number',
  REJEITADA: 'rejected',
  ABANDONO: 'abandoned',
  CANCELADA: 'failed',
  FALHA: 'failed',
  INTERROMPIDA: 'unknown',
};

/** Precedes the status of an operator's phone that was busy, refused or not picked up: the customer was not called. */
const ofOperator = 'OPERADOR_';

export function outcomeOf(status: string): Outcome {
  if (status.startsWith(ofOperator)) return 'failed';
  return Object.hasOwn(outcomes, status) ? (outcomes[status] ?? 'unknown') : 'unknown';
}

/** One line of `finaz/res`. Times are seconds since 1970. */
export interface CallResult {
  readonly contactId: string;
  readonly number: string;
  readonly begun: number;
  readonly answered: number | undefined;
  readonly ended: number;
  readonly status: string;
  readonly extension: string;
}

/** `undefined` for a line that the dialplan has not written. */
export function readResult(line: string): CallResult | undefined {
  const [
    contactId = '',
    number = '',
    begun = '',
    answered = '',
    ended = '',
    status = '',
    extension = '',
  ] = line.split('|');
  if (status === '' || !/^\d+$/.test(ended)) return undefined;
  return {
    contactId,
    number,
    begun: Number(/^\d+$/.test(begun) ? begun : ended),
    answered: /^\d+$/.test(answered) ? Number(answered) : undefined,
    ended: Number(ended),
    status,
    extension,
  };
}

/** Seconds of conversation. */
export function durationOf({ answered, ended }: CallResult): number | undefined {
  return answered === undefined ? undefined : Math.max(0, ended - answered);
}

export interface LeftAttempt {
  readonly id: string;
  /** The run of Asterisk. */
  readonly run: string;
  /** Whether it was dialed, and not only taken from the list. */
  readonly isDialed: boolean;
  readonly result: CallResult;
}

/** A line of `finaz/curso` from an earlier run of Asterisk, with the id and words the dialplan would write. */
export function interruptedAttempt(key: string, line: string): LeftAttempt | undefined {
  const [contactId = '', numbers = '', , tries = '', begun = '', run = '', call = ''] =
    line.split('|');
  if (!/^\d+$/.test(begun)) return undefined;
  const list = numbers.split('-');
  return {
    id: call === '' ? `${withoutTime(key)}.${begun}` : call,
    run,
    isDialed: call !== '',
    result: {
      contactId,
      number: list[Number(tries) % list.length] ?? '',
      begun: Number(begun),
      answered: undefined,
      ended: Number(begun),
      status: 'INTERROMPIDA',
      extension: '',
    },
  };
}
