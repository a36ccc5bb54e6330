import { jsonReply } from '../replies.ts';
import type { Reply } from '../simulator.ts';

/** One of the vendor's two error formats; the other is {@link invalid}. */
export function failure(status: number, title: string, detail: string): Reply {
  return jsonReply(status, { status, title, detail, transaction_id: '0c1d2e3f' });
}

export function invalid(errors: Readonly<Record<string, readonly string[]>>): Reply {
  return jsonReply(422, { detail: 'Os dados enviados são inválidos.', errors });
}
