import { setImmediate as nextTurn } from 'node:timers/promises';
import { stream } from 'hono/streaming';
import { csvCell } from '../http/csv.ts';
import type { HostContext } from '../http/host-env.ts';
import type { ListedReject } from './mailing-lists.ts';

const page = 1000;

/** Everything that was not taken as one CSV file, to be mended and sent again. */
export function writeRejects(
  context: HostContext,
  read: (after: number, limit: number) => Promise<ListedReject[]>,
): Response {
  context.header('Content-Type', 'text/csv; charset=utf-8; header=present');
  context.header('Content-Disposition', 'attachment; filename="rejects.csv"');
  return stream(context, async (output) => {
    await output.write('line;kind;reason;message;contactId;row\r\n');
    for (let after = 0; ;) {
      const rejects = await read(after, page);
      await output.write(
        rejects
          .map(
            ({ line, kind, reason, message, contactId, row }) =>
              `${[line, kind, reason, message, contactId, row].map(csvCell).join(';')}\r\n`,
          )
          .join(''),
      );
      after = rejects.at(-1)?.seq ?? after;
      if (rejects.length < page || output.aborted) return;
      await nextTurn();
    }
  });
}
