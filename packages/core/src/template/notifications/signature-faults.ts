import type { DocumentPlace } from '../language/document-place.ts';

type Reads = ReadonlySet<string>;

/** What the parts of a signature read; `undefined` for a part that is missing, or has other faults. */
interface SignatureReads {
  readonly given: Reads | undefined;
  readonly expected: Reads | undefined;
  readonly at: Reads | undefined;
}

/** What comes with a notification; its sender decides its content. */
const sent = ['header', 'query', 'body', 'text', 'address'];
/** What only the connection knows. */
const own = ['variables', 'operators'];

const readsAny = (reads: Reads, roots: readonly string[]) => roots.some((root) => reads.has(root));

/** Signatures that would prove nothing, found when the document is saved. */
export function reportSignatureFaults(
  { given, expected, at }: SignatureReads,
  place: DocumentPlace,
): void {
  if (given && !readsAny(given, sent)) place.at('given').report(notOfSender);
  if (expected && !readsAny(expected, own)) place.at('expected').report(notSecret);
  if (at && expected && !isSigned(at, expected)) place.at('at').report(unsignedMoment);
}

/** If the whole is signed, so is a part that was read from it. */
const wholeOf: Readonly<Record<string, string>> = { body: 'text', query: 'address' };

function isSigned(moment: Reads, expected: Reads): boolean {
  const read = sent.filter((root) => moment.has(root));
  return read.length > 0 && read.every((root) => readsAny(expected, [root, wholeOf[root] ?? root]));
}

/** Whoever gets such an answer chooses what the connection signs: their next notification, for instance. */
export function reportSigningForStrangers(answer: Reads, place: DocumentPlace): void {
  if (readsAny(answer, sent) && readsAny(answer, own)) place.report(signsForStrangers);
}

const notOfSender =
  'reads nothing from the request; write where the signature is, for example {{ header.x-signature }}';
const notSecret =
  'reads no secret, so that whoever sends an event could make it; for example {{ text | hmac: variables.secret }}';
const unsignedMoment =
  'is not signed, so that an old notification could be sent again with a new moment; read a moment that is sent, and read it in "expected" too, for example {{ [header.x-timestamp, text] | join: "." | hmac: variables.secret }}';
const signsForStrangers =
  'combines parts of the request with values that only the connection knows, and signature.except gives this answer to senders that sign nothing: they could use it as the signature of a forged event. Leave out "except" if the system signs that request too; otherwise leave out the variable';
