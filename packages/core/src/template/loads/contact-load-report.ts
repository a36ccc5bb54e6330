import type { ContactLoadResult, RejectedContact } from '../../features/contact-load.ts';
import type { ContactLoadSettings } from './contact-load-settings.ts';
import type { DocumentPlace } from '../language/document-place.ts';
import { unreadable } from '../exchanges/outcome-rules.ts';
import { excerptOf } from '../replies/reply.ts';
import { rowsOf } from '../replies/reply-reader.ts';
import type { RepliedScope } from '../language/scope.ts';
import type { StepsTemplate } from '../exchanges/steps-template.ts';
import { isEmpty } from '../language/value.ts';

/** What is read of one item of a list that names contacts. */
export const inItem = (replied: DocumentPlace): DocumentPlace =>
  replied.with({
    row: { description: 'One item of the list', source: 'capture', members: 'any' },
  });

/** A value that is not a number is ignored: reading it as zero would show every contact as lost. */
export function takenOf(text: string | undefined): { readonly taken?: number } {
  return text !== undefined && /^\d{1,15}$/.test(text.trim()) ? { taken: Number(text) } : {};
}

/** What a reply says about the contacts of a batch or file. */
export function compileReport(
  settings: Pick<ContactLoadSettings, 'rejected' | 'taken' | 'read'>,
  steps: StepsTemplate,
): (scope: RepliedScope, captures: Readonly<Record<string, string>>) => ContactLoadResult {
  const { replied } = steps.last;
  const taken = settings.taken === undefined ? undefined : replied.at('taken').text(settings.taken);
  const rows =
    settings.rejected && replied.at('rejected', 'rows').expression(settings.rejected.rows);
  const readsReply = taken?.reads.has('reply') || rows?.reads.has('reply');
  const inRow = inItem(replied);
  const contactId =
    settings.rejected && inRow.at('rejected', 'contactId').text(settings.rejected.contactId);
  const message =
    settings.rejected && inRow.at('rejected', 'message').text(settings.rejected.message);
  const refusedIn = (scope: RepliedScope): readonly unknown[] => {
    const found = rows?.evaluate(scope);
    // A system that took all of them usually omits the list.
    const list = isEmpty(found) ? [] : rowsOf(found, settings.read);
    if (list) return list;
    throw unreadable(
      scope.reply,
      'contactLoad',
      `The answer has something else than a list at "${settings.rejected?.rows}".`,
    );
  };
  return (scope, captures) => {
    if (readsReply && scope.reply.text.trim() !== '' && scope.reply.value() === undefined) {
      throw unreadable(
        scope.reply,
        'contactLoad',
        'Which contacts were taken is not known: the telephone system answered in another form than the connection expects.',
      );
    }
    const list = refusedIn(scope);
    const rejected = list.map((row): RejectedContact => {
      const rowScope = { ...scope, values: { ...scope.values, row } };
      const words = message?.render(rowScope) ?? '';
      return {
        contactId: contactId?.render(rowScope).trim() ?? '',
        vendor: { status: scope.reply.status, ...(words !== '' && { message: words }) },
      };
    });
    return {
      rejected,
      captures,
      ...takenOf(taken?.render(scope)),
      vendor: { status: scope.reply.status, excerpt: excerptOf(scope.reply.text) },
    };
  };
}
