import type { AdapterContext } from '../context.ts';
import type { Mailing } from '../values/mailing.ts';
import type { Scope } from './scope.ts';
import {
  baseValues,
  scopeOf,
  tableValues,
  type TemplateConnection,
} from './template-connection.ts';

/** What every request of a mailing may read. */
export function mailingScope(
  connection: TemplateConnection,
  mailing: Mailing,
  context: AdapterContext,
  more: Readonly<Record<string, unknown>> = {},
): Scope {
  return scopeOf(
    {
      ...baseValues(connection, context, mailing.parameters),
      queue: mailing.queue,
      mailingId: mailing.mailingId,
      captures: mailing.captures,
      ...tableValues(connection, { queue: mailing.queue }),
      ...more,
    },
    context,
  );
}
