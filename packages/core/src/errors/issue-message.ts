import type * as v from 'valibot';

/** What is wrong, without the value that is: it may be anybody's, or a secret. */
export function issueMessage({ message }: Pick<v.BaseIssue<unknown>, 'message'>): string {
  return message.replace(/(?: but received |: Received ).*$/s, '');
}
