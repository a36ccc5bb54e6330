import type { Logger } from '@finaz-telephony/core';
import * as v from 'valibot';
import { TenantDocumentSchema, type TenantDocument } from './tenant-document.ts';
import type { TenantDocuments } from './tenant-documents.ts';

/** Said of such a company wherever its document is looked at. */
export const closedToEvents =
  'inbound.allowFrom is empty: no address may send answered-call events, so none will come; list the networks of the telephone system';

/** A connection tells of answered calls, and no network may send them. */
export const isClosedToEvents = ({ inbound, features }: TenantDocument): boolean =>
  features.answeredCall !== undefined && inbound.allowFrom.length === 0;

/** Tells the log at each start: whoever reads it may be another than who has saved the document, and nothing else shows before the first event is refused. */
export async function tellClosedToEvents(
  tenants: Pick<TenantDocuments, 'all'>,
  logger: Logger,
): Promise<void> {
  for (const { id, document } of await tenants.all()) {
    // What an earlier version has saved and this one does not read is told when it is used.
    const { success, output } = v.safeParse(TenantDocumentSchema, document);
    if (success && isClosedToEvents(output)) logger.warn({ tenant: id }, closedToEvents);
  }
}
