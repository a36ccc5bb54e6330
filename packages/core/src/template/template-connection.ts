import type { AdapterContext } from '../context.ts';
import type { FeatureName } from '../features/feature-name.ts';
import type { DocumentCompiler } from './compile-document.ts';
import { MissingRow } from './missing-row.ts';
import type { ConnectionSettings } from './request-template.ts';
import type { Scope } from './scope.ts';
import type { Session } from './session-template.ts';

type Table = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** What every feature of one connection is compiled with. */
export interface TemplateConnection extends ConnectionSettings {
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operators: Table;
  /** The table of operators as a list, searchable by any of its columns. */
  readonly operatorList: readonly unknown[];
  readonly queues: Table;
  readonly compilerFor: (feature: FeatureName) => DocumentCompiler;
  readonly session: Session | undefined;
}

/** The values available to every request. */
export function baseValues(
  connection: Pick<TemplateConnection, 'variables' | 'operatorList'>,
  context: AdapterContext,
  parameters: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return {
    variables: connection.variables,
    parameters,
    tenant: context.tenant,
    now: context.now(),
    operators: connection.operatorList,
  };
}

/** The rows of an operator and a queue; looked up when first read. */
export function tableValues(
  connection: Pick<TemplateConnection, 'operators' | 'queues'>,
  keys: { readonly extension?: string; readonly queue?: string },
): Record<string, unknown> {
  const { extension, queue } = keys;
  return {
    ...(extension !== undefined && {
      operator: rowOf(connection.operators, extension, 'operators', 'extension'),
    }),
    ...(queue !== undefined && {
      queueSettings: rowOf(connection.queues, queue, 'queues', 'queue'),
    }),
  };
}

/** A missing row is an error before anything is sent, but only if it is read. */
function rowOf(table: Table, key: string, name: string, word: string): unknown {
  const row = Object.hasOwn(table, key) ? table[key] : undefined;
  return row ?? new MissingRow(name, word);
}

export function scopeOf(values: Readonly<Record<string, unknown>>, context: AdapterContext): Scope {
  return {
    values,
    timeZone: context.tenant.timeZone,
    ...(context.trace && { trace: context.trace }),
    ...(context.explain && { explain: context.explain }),
  };
}
