import type { ContactLoad } from '../../features/contact-load.ts';
import type { DocumentPlace } from '../language/document-place.ts';
import { inItem } from './contact-load-report.ts';
import type { ContactLoadSettings } from './contact-load-settings.ts';
import { mailingScope } from '../exchanges/request-scope.ts';
import { unreadable } from '../exchanges/outcome-rules.ts';
import { itemsOf } from './phone-values.ts';
import { compileList } from '../replies/reply-list.ts';
import { columnsOf } from '../replies/report-columns.ts';
import { compileSteps } from '../exchanges/steps-template.ts';
import type { TemplateConnection } from '../template-connection.ts';
import { itemVariables } from '../language/variables.ts';

/** Asks the vendor which of some contacts it has. */
export function compileFind(
  { find }: ContactLoadSettings,
  connection: TemplateConnection,
  place: DocumentPlace,
): ContactLoad['find'] {
  if (!find) return undefined;
  const steps = compileSteps(find, connection, place.at('find').with(itemVariables));
  const { replied } = steps.last;
  const inRow = inItem(replied);
  const contactId = inRow.at('contactId').text(find.contactId);
  const columns = columnsOf({ contactId: find.contactId }, inRow);
  const rows = compileList(
    { rows: find.rows, read: find.read, columns, feature: 'contactLoad' },
    replied.at('rows'),
  );
  return async (mailing, contacts, context) => {
    const items = contacts.flatMap((contact) => itemsOf(contact, 'contacts'));
    const { scope, outcome } = await steps.run(
      mailingScope(connection, context, mailing, { items }),
      context,
    );
    if (outcome === 'ok_empty') return new Set();
    // Every contact reported as absent is sent again.
    if (scope.reply.text.trim() === '') {
      throw unreadable(scope.reply, 'contactLoad', 'The answer is empty.');
    }
    const asked = new Set(contacts.map((contact) => contact.contactId));
    const there = rows(scope).map((row) =>
      contactId.render({ ...scope, values: { ...scope.values, row } }).trim(),
    );
    if (there.includes('')) {
      throw unreadable(
        scope.reply,
        'contactLoad',
        'A row of the answer has no contact id where "contactId" of find looks for it.',
      );
    }
    return new Set(there.filter((id) => asked.has(id)));
  };
}
