import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Logger } from '@finaz-telephony/core';
import { csvCell } from '../http/csv.ts';
import { textStream } from '../http/text-stream.ts';
import type { ListedReject } from './mailing-lists.ts';

const pageOfFile = 1000;

type ReadRejects = (after: number, limit: number) => Promise<ListedReject[]>;

/** Everything that was not taken as one CSV file, to be mended and sent again. */
export const writeRejects = (read: ReadRejects, logger: Logger): Response =>
  new Response(textStream(allPages(read), logger), {
    headers: {
      'Content-Type': 'text/csv; charset=utf-8; header=present',
      'Cache-Control': 'no-store',
      'Content-Disposition': 'attachment; filename="rejects.csv"',
    },
  });

async function* allPages(read: ReadRejects): AsyncGenerator<string> {
  yield 'line;kind;reason;message;contactId;row\r\n';
  for (let after = 0; ;) {
    const rejects = await read(after, pageOfFile);
    yield rejects.map(writeRow).join('');
    after = rejects.at(-1)?.seq ?? after;
    if (rejects.length < pageOfFile) return;
    await nextTurn();
  }
}

const writeRow = ({ line, kind, reason, message, contactId, row }: ListedReject): string =>
  `${[line, kind, reason, message, contactId, row].map(csvCell).join(';')}\r\n`;
