import { barePaths } from './bare-paths.ts';
import { closedToEvents, isClosedToEvents } from './closed-to-events.ts';
import type { InstalledAdapter } from './installed-adapter.ts';
import { secretPlaceholder, withSecrets, writtenSecrets } from './secret-references.ts';
import { connectionNamed, type TenantDocument } from './tenant-document.ts';

/** Valid, but probably unintended: reported when a document is checked or saved. */
export function warningsOf(
  document: TenantDocument,
  adapters: ReadonlyMap<string, InstalledAdapter>,
): readonly string[] {
  const written = Object.entries(document.connections).flatMap(([name, { settings }]) =>
    writtenSecrets(settings).map(
      ({ path }) =>
        `connections.${name}.settings.${path.join('.')} looks like a credential, and whoever reads the document reads it: set it with "secrets set", and write \${secret:NAME} there`,
    ),
  );
  const bare = Object.entries(document.connections).flatMap(([name, { settings }]) =>
    barePaths(settings).map(
      ({ path, text }) =>
        `connections.${name}.settings.${path.join('.')} is plain text, not an expression; for the value write {{ ${text} }}`,
    ),
  );
  return [
    ...(isClosedToEvents(document) ? [closedToEvents] : []),
    ...(loadsUncleared(document, adapters) ? [uncleared] : []),
    ...written,
    ...bare,
  ];
}

const uncleared =
  'features.contactClear is off, so no queue is emptied before a load: contacts that are left in the queue are called again with the next mailing; the connection of contactLoad can clear, so bind contactClear to it';

/** Loads use a connection that could clear the queue first, but is not bound to do so: an unbound feature is off, and the manual requires a clear before every load. */
function loadsUncleared(
  document: TenantDocument,
  adapters: ReadonlyMap<string, InstalledAdapter>,
): boolean {
  const { contactLoad, contactClear } = document.features;
  if (contactLoad === undefined || contactClear !== undefined) return false;
  const connection = connectionNamed(document, contactLoad);
  const adapter =
    connection &&
    adapters.get(connection.adapter)?.create(withSecrets(connection.settings, secretPlaceholder))
      .adapter;
  return adapter?.features.contactClear !== undefined;
}
