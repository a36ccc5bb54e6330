import type { Logger } from '@finaz-telephony/core';
import * as v from 'valibot';
import { TenantDocumentSchema, type TenantDocument } from './tenant-document.ts';
import type { TenantDocuments } from './tenant-documents.ts';

/** The message about a company that is closed to events, wherever its document is checked. */
export const closedToEvents =
  'inbound.allowFrom is empty: no address may send answered-call events, so none will come; list the networks of the telephone system';

/** A connection reports answered calls, but no network may send them. */
export const isClosedToEvents = ({ inbound, features }: TenantDocument): boolean =>
  features.answeredCall !== undefined && inbound.allowFrom.length === 0;

/** Logged at each start: the reader of the log may not be the author of the document, and nothing else shows until the first event is refused. */
export async function tellClosedToEvents(
  tenants: Pick<TenantDocuments, 'all'>,
  logger: Logger,
): Promise<void> {
  for (const { id, document } of await tenants.all()) {
    // A document saved by an earlier version that this one cannot read is reported when it is used.
    const { success, output } = v.safeParse(TenantDocumentSchema, document);
    if (success && isClosedToEvents(output)) logger.warn({ tenant: id }, closedToEvents);
  }
}
