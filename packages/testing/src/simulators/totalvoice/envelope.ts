import { jsonReply } from '../replies.ts';
import type { Reply } from '../simulator.ts';

/** Every answer is wrapped in the same envelope; `motivo` is 0 for success. */
export function success(mensagem: string, dados?: unknown): Reply {
  return jsonReply(200, {
    status: 200,
    sucesso: true,
    motivo: 0,
    mensagem,
    ...(dados !== undefined && { dados }),
  });
}

/** @param httpStatus some failures come with 200 */
export function failure(
  status: number,
  motivo: number,
  mensagem: string,
  httpStatus = status,
): Reply {
  return jsonReply(httpStatus, { status, sucesso: false, motivo, mensagem, dados: null });
}
