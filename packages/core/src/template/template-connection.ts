import type { AdapterContext } from '../context.ts';
import type { FeatureName } from '../features/feature-name.ts';
import type { DocumentCompiler } from './compile-document.ts';
import type { ConnectionSettings } from './request-template.ts';
import type { Scope } from './scope.ts';

/** What every feature of one connection is compiled with. */
export interface TemplateConnection extends ConnectionSettings {
  readonly variables: Readonly<Record<string, unknown>>;
  readonly compilerFor: (feature: FeatureName) => DocumentCompiler;
}

/** The values that every request has. */
export function baseValues(
  connection: Pick<TemplateConnection, 'variables'>,
  context: AdapterContext,
  parameters: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return {
    variables: connection.variables,
    parameters,
    tenant: context.tenant,
    now: context.now(),
  };
}

export function scopeOf(values: Readonly<Record<string, unknown>>, context: AdapterContext): Scope {
  return {
    values,
    timeZone: context.tenant.timeZone,
    ...(context.trace && { trace: context.trace }),
  };
}
