import { expect, it } from 'vitest';
import { hiddenCallPage, refusedCallPage } from '../../src/events/refused-call-page.ts';

const pageOf = (status: number, retryAfterSeconds?: number) =>
  refusedCallPage({ status, problems: [], retryAfterSeconds, requestId: 'r-1' });

it.each([
  [503, 5, 'Tente de novo em 5 segundos'],
  [429, 1, 'Tente de novo em 1 segundo,'],
  [425, undefined, 'aberto em uma janela do navegador'],
  [500, undefined, 'informe o código r-1'],
  [413, undefined, 'informe o código r-1'],
])('the page of a refused call says what to do: status %i', (status, seconds, words) => {
  expect(pageOf(status, seconds)).toContain(words);
});

it('the page of a refused company (403) has no request id, because it has to be the same for every company', () => {
  expect(pageOf(403)).not.toContain('r-1');
});

it.each([
  [503, 'Tente de novo em 5 segundos'],
  [429, 'Tente de novo em 5 segundos'],
  [500, 'informe o código r-1'],
  [400, 'procure o cliente no CRM'],
  [403, 'procure o cliente no CRM'],
])(
  'the page of a recorded call that cannot be shown does not say whether the call is recorded: status %i',
  (status, words) => {
    const page = hiddenCallPage({ status, problems: [], retryAfterSeconds: 5, requestId: 'r-1' });
    expect(page).toContain(words);
    expect(page).not.toContain('registrada');
  },
);
