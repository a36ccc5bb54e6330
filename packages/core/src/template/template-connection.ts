import type { FeatureName } from '../features/feature-name.ts';
import type { DocumentPlace } from './language/document-place.ts';
import type { ConnectionSettings } from './exchanges/request-template.ts';
import type { Session } from './exchanges/session-template.ts';

/** Rows by their key, each with further values by name. */
export type Table = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** What every feature of one connection is compiled with. */
export interface TemplateConnection extends ConnectionSettings {
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operators: Table;
  /** The table of operators as a list, searchable by any of its columns. */
  readonly operatorList: readonly unknown[];
  readonly queues: Table;
  readonly placeOf: (feature: FeatureName) => DocumentPlace;
  readonly session: Session | undefined;
}
