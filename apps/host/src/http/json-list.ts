import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Logger } from '@finaz-telephony/core';
import { chunksOf } from '../store/chunks-of.ts';
import { textStream } from './text-stream.ts';

/** Heavy items of one piece, such as exchanges with long bodies. */
const pieceSize = 50;

/** A list of heavy items as JSON, `{"name": [...]}`, written piece by piece: ten megabytes in one go would keep everybody else waiting. */
export function jsonList(name: string, items: readonly unknown[], logger: Logger): Response {
  if (items.length <= pieceSize) return Response.json({ [name]: items });
  async function* pieces(): AsyncGenerator<string> {
    yield `{${JSON.stringify(name)}:[`;
    let separator = '';
    for (const piece of chunksOf(items, pieceSize)) {
      yield separator + piece.map((item) => JSON.stringify(item)).join(',');
      separator = ',';
      await nextTurn();
    }
    yield ']}';
  }
  return new Response(textStream(pieces(), logger), {
    headers: { 'Content-Type': 'application/json' },
  });
}
