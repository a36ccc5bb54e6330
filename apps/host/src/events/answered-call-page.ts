import type { AnsweredCall } from '@finaz-telephony/core';
import { operatorPage } from './operator-page.ts';

/** What an operator sees if the company has no screen of its own to open: the data of the call, nothing else. */
export const answeredCallPage = (call: AnsweredCall): string =>
  operatorPage({
    title: 'Ligação atendida',
    rows: [
      ['Telefone', call.number],
      ['Ramal', call.extension],
      ['Ligação', call.callId],
      ...(call.contactId === undefined ? [] : [['Contato', call.contactId] as const]),
    ],
    after: 'O atendimento foi registrado.',
  });
