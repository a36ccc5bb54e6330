import type { TenantCipher } from '../store/vault.ts';
import { attemptKey, keysOfLess, type IncomingAttempt } from './attempt-key.ts';
import type { MailingContacts } from './mailing-contacts.ts';
import type { ReadableAttempt } from './readable-attempt.ts';
import { sealNumbers } from './sealed-numbers.ts';
import type { StatusRecorder } from './vendor-statuses.ts';

export interface Identification {
  readonly ref: number;
  readonly cipher: TenantCipher;
  readonly contacts: MailingContacts;
  readonly recorder: StatusRecorder;
}

/** Finds whose attempts these are, and makes them ready for the store. */
export async function identifyAttempts(
  { ref, cipher, contacts, recorder }: Identification,
  read: readonly ReadableAttempt[],
): Promise<IncomingAttempt[]> {
  const statuses = await recorder.idsOf(read.map(({ vendorStatus }) => vendorStatus));
  const numbers = read.map(({ number }) => ({ number, numberHash: cipher.hash(number) }));
  const sealed = sealNumbers(cipher, numbers);
  const strangers = await contacts.strangers(ref, [
    ...new Set(read.flatMap(({ contactId }) => contactId ?? [])),
  ]);
  const hashes = read.flatMap(({ contactId }, index) =>
    contactId === null ? (numbers[index]?.numberHash ?? []) : [],
  );
  const byNumber = await contacts.byNumber(ref, [...new Set(hashes)]);

  /** A number that several contacts share says nothing of whose call it was. */
  const ownerOf = (numberHash: string): string | null => {
    const owners = byNumber.get(numberHash) ?? [];
    return owners.length === 1 ? (owners[0] ?? null) : null;
  };

  return read.map((attempt, index) => {
    const { contactId: told, callId, extension, at, duration } = attempt;
    const numberHash = numbers[index]?.numberHash ?? '';
    const contactId = told ?? ownerOf(numberHash);
    const isStranger = contactId === null || (told !== null && strangers.has(told));
    return {
      key: attemptKey(attempt, numberHash),
      earlierKeys: () => keysOfLess(attempt, numberHash),
      contactId,
      matchedBy: isStranger ? 'none' : told === null ? 'number' : 'contact',
      numberHash,
      sealedNumber: sealed[index] ?? '',
      status: statuses[index] ?? 0,
      callId,
      extension,
      at,
      duration,
    };
  });
}
