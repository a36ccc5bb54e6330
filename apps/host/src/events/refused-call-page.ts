import type { NotificationProblem } from './manual-notification.ts';
import { operatorPage, type OperatorPage } from './operator-page.ts';

export interface RefusedCall {
  readonly status: number;
  /** Of a 400: what is wrong with the address that the telephone system has opened. */
  readonly problems: readonly NotificationProblem[];
  readonly retryAfterSeconds: number | undefined;
  readonly requestId: string;
}

/**
 * The page for an operator whose answered call was not taken: why, and what to do. Of the address it shows only the names of parameters, and a 403 is the same
 * page for every reason.
 */
export const refusedCallPage = (refused: RefusedCall): string => operatorPage(told(refused));

/**
 * The same for a window that shows a call which it has reported before: that call is on record, whatever keeps it from being shown. It may be gone by now; a
 * 403 is the same page here, too, for every reason.
 */
export function hiddenCallPage({ status, retryAfterSeconds, requestId }: RefusedCall): string {
  switch (status) {
    case 429:
      return operatorPage(again('Ligação não mostrada: muitas solicitações', retryAfterSeconds));
    case 503:
      return operatorPage(again('Ligação não mostrada: servidor indisponível', retryAfterSeconds));
    case 500:
      return operatorPage({
        title: 'Ligação não mostrada',
        before: 'O servidor falhou.',
        after: failedAgain(requestId),
      });
    default:
      return operatorPage({
        title: 'Ligação não encontrada',
        before: 'Os dados desta ligação não estão mais guardados, ou não são mostrados aqui.',
        after: 'O que fazer: procure o cliente no CRM.',
      });
  }
}

const mayGoOn = 'Você pode continuar a ligação normalmente.';

function told({ status, problems, retryAfterSeconds, requestId }: RefusedCall): OperatorPage {
  switch (status) {
    case 400:
      return {
        title: 'Ligação não registrada: dados ausentes ou inválidos',
        before:
          'O sistema de telefonia abriu esta página com um endereço que não pode ser usado como está:',
        rows: problems.map(({ parameter, fault }) => [
          parameter,
          `${meanings[parameter] ?? 'valor'}: ${faults[fault]}`,
        ]),
        after: `O que fazer: avise quem administra o sistema de telefonia, e mostre esta página. ${mayGoOn}`,
      };
    case 403:
      return {
        title: 'Ligação não registrada: acesso recusado',
        before: 'As ligações desta empresa não são aceitas a partir deste endereço.',
        after: `O que fazer: avise quem administra o Finaz Telephony. O motivo está no log do servidor. ${mayGoOn}`,
      };
    case 404:
      return {
        title: 'Ligação não registrada: endereço desconhecido',
        before:
          'O sistema de telefonia abriu um endereço que não existe aqui. O correto é /telephony-proxy/atendimentoreceptivo, escrito exatamente assim.',
        after: `O que fazer: avise quem administra o sistema de telefonia, e mostre esta página. ${mayGoOn}`,
      };
    case 429:
      return again('Ligação não registrada: muitas solicitações', retryAfterSeconds);
    case 503:
      return again('Ligação não registrada: servidor indisponível', retryAfterSeconds);
    case 405:
    case 425:
      return {
        title: 'Ligação não registrada',
        before: 'Este endereço só registra uma ligação quando é aberto em uma janela do navegador.',
        after: `O que fazer: avise quem administra o sistema de telefonia. ${mayGoOn}`,
      };
    default:
      return {
        title: 'A ligação pode não ter sido registrada',
        before: 'O servidor falhou.',
        after: failedAgain(requestId),
      };
  }
}

const failedAgain = (requestId: string) =>
  `O que fazer: tente de novo, recarregando esta página. Se o erro continuar, avise quem administra o Finaz Telephony e informe o código ${requestId}. ${mayGoOn}`;

function again(title: string, seconds = 5): OperatorPage {
  return {
    title,
    after: `Tente de novo em ${seconds} ${seconds === 1 ? 'segundo' : 'segundos'}, recarregando esta página. ${mayGoOn}`,
  };
}

const meanings: Readonly<Record<string, string>> = {
  pid: 'código do contato',
  num: 'telefone',
  cid: 'código da ligação',
  ramal: 'ramal do operador',
  empresaId: 'código da empresa',
  token: 'token de acesso',
};

const faults: Readonly<Record<NotificationProblem['fault'], string>> = {
  missing: 'falta, está vazio ou não foi preenchido',
  unreadable: 'tem caracteres que não podem ser lidos (o endereço deve estar em UTF-8)',
  twice: 'veio duas vezes, com valores diferentes',
  unusable: 'não pode ser usado assim',
};
