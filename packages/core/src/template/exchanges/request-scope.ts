import type { AdapterContext } from '../../context.ts';
import type { Mailing } from '../../values/mailing.ts';
import { MissingRow } from '../language/missing-row.ts';
import type { Scope } from '../language/scope.ts';
import type { Table, TemplateConnection } from '../template-connection.ts';

type Values = Readonly<Record<string, unknown>>;

/** What a request may read: the values of the connection, the rows of its operator and its queue, and its own values. */
export function scopeOf(
  connection: TemplateConnection,
  context: AdapterContext,
  values: Values = {},
): Scope {
  const { extension, queue } = values;
  return {
    values: {
      variables: connection.variables,
      parameters: {},
      tenant: context.tenant,
      now: context.now(),
      operators: connection.operatorList,
      ...(typeof extension === 'string' && {
        operator: rowOf(connection.operators, extension, 'operators', 'extension'),
      }),
      ...(typeof queue === 'string' && {
        queueSettings: rowOf(connection.queues, queue, 'queues', 'queue'),
      }),
      ...values,
    },
    timeZone: context.tenant.timeZone,
    ...(context.trace && { trace: context.trace }),
    ...(context.explain && { explain: context.explain }),
  };
}

/** A missing row is an error before anything is sent, but only if it is read. */
function rowOf(table: Table, key: string, name: string, word: string): unknown {
  const row = Object.hasOwn(table, key) ? table[key] : undefined;
  return row ?? new MissingRow(name, word);
}

/** The same for a request about a mailing. */
export const mailingScope = (
  connection: TemplateConnection,
  context: AdapterContext,
  { mailingId, queue, captures, parameters }: Mailing,
  more: Values = {},
): Scope => scopeOf(connection, context, { mailingId, queue, captures, parameters, ...more });
