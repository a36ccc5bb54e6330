import { SettingsError } from '../errors/settings-error.ts';
import { DocumentPlace } from './language/document-place.ts';
import { compileUrl } from './exchanges/url-template.ts';
import type { VariableTable } from './language/variables.ts';

/**
 * Compiles an address with `{{ variables }}` for documents other than an adapter's settings: the address of an operator's screen for
 * instance. Values are escaped as in every address.
 *
 * @throws {SettingsError}
 */
export function compileAddress(
  source: string,
  table: VariableTable,
): (values: Readonly<Record<string, unknown>>, timeZone?: string) => string {
  const place = new DocumentPlace([], { names: { table, variables: [] } });
  const render = compileUrl(source, place);
  if (place.issues.length > 0) throw new SettingsError(place.issues);
  return (values, timeZone = 'UTC') => render({ values, timeZone });
}
