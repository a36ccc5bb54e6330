import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import type { AdapterContext } from '../../context.ts';
import { TelephonyError } from '../../errors/telephony-error.ts';
import type { DocumentPlace } from '../language/document-place.ts';
import { parseInstant } from '../language/parse-date.ts';
import { compileCondition } from '../language/explain.ts';
import type { Scope } from '../language/scope.ts';
import type { TemplateSettings } from '../settings-schema.ts';
import { reportSignatureFaults } from './signature-faults.ts';
import type { TextTemplate } from '../language/text-template.ts';
import { textOf } from '../language/value.ts';

type SignatureSettings = NonNullable<NonNullable<TemplateSettings['answeredCall']>['signature']>;

export interface Signature {
  /** Whether the system does not sign this notification; no event is taken from it. */
  readonly isExcepted: (scope: Scope) => boolean;
  /**
   * Checks the signature. For a sample it only reports the result, and reading goes on.
   *
   * @throws {TelephonyError} `auth_failed` if the signature is wrong or too old; `invalid_config` if its key is empty or not in the form that the document says
   */
  readonly verify: (scope: Scope, context: AdapterContext) => void;
}

/** Systems send two or three while a secret is being changed. Strangers choose how many they send, and each costs time in which all companies wait. */
const mostGiven = 20;
const defaultTolerance = 300;

export function compileSignature(settings: SignatureSettings, place: DocumentPlace): Signature {
  const part = (name: 'given' | 'expected' | 'at', source: string) => {
    const faults = place.issues.length;
    const template = place.at(name).text(source);
    return { template, reads: place.issues.length > faults ? undefined : template.reads };
  };
  const given = part('given', settings.given);
  const expected = part('expected', settings.expected);
  const at = settings.at === undefined ? undefined : part('at', settings.at);
  reportSignatureFaults({ given: given.reads, expected: expected.reads, at: at?.reads }, place);
  if (!at && settings.tolerance !== undefined)
    place.at('tolerance').report('does nothing without "at", the moment of signing');
  const parts: Parts = {
    given: given.template,
    expected: expected.template,
    at: at?.template,
    tolerance: settings.tolerance ?? defaultTolerance,
  };
  return {
    isExcepted:
      settings.except === undefined
        ? () => false
        : compileCondition(settings.except, place.at('except')),
    verify(scope, context) {
      if (context.isSample) explain(parts, place, scope, context);
      else {
        prove(parts, scope);
        if (Math.abs(ageOf(parts, scope, context)) > parts.tolerance) throw ofAnotherTime(parts);
      }
    },
  };
}

interface Parts {
  readonly given: TextTemplate;
  readonly expected: TextTemplate;
  readonly at: TextTemplate | undefined;
  /** In seconds. */
  readonly tolerance: number;
}

function prove({ given, expected }: Parts, scope: Scope): void {
  // First, so that an invalid secret is reported as such, whatever arrives.
  const wanted = candidates(expected, scope);
  const signatures = candidates(given, scope);
  if (signatures.length === 0) throw unsigned('has no signature (signature.given)');
  if (signatures.length > mostGiven)
    throw unsigned(`has more than ${mostGiven} signatures (signature.given)`);
  if (!signatures.some((one) => wanted.some((other) => isSame(one, other))))
    throw unsigned('has a wrong signature');
}

/** How many seconds ago the notification was signed; `0` if the document has no `at`. */
function ageOf({ at }: Parts, scope: Scope, context: AdapterContext): number {
  if (!at) return 0;
  const moment = parseInstant(textOf(at.value(scope)), scope.timeZone);
  if (!moment) throw unsigned('was signed without a moment (signature.at)');
  return (context.now().getTime() - moment.getTime()) / 1000;
}

const ofAnotherTime = ({ tolerance }: Parts) =>
  unsigned(`was signed more than ${tolerance} seconds ago or ahead (signature.at)`);

/** Reports the verdict on a sample. What was given as the signature is concealed: it may be the secret itself, in a header of any name. */
function explain(parts: Parts, place: DocumentPlace, scope: Scope, context: AdapterContext): void {
  const { given, expected, at } = parts;
  const read = given.inputs(scope);
  for (const value of [...read.map((one) => textOf(one.value)), ...candidates(given, scope)])
    context.conceal?.(value);
  const others = [expected, at].flatMap((part) => part?.inputs(scope) ?? []);
  const ofSender = others.filter(({ expression }) => /^(?:header|query|body)\b/.test(expression));
  scope.explain?.({
    kind: 'signature',
    place: place.path.join('.'),
    ...verdict(parts, scope, context),
    reads: [...new Map([...read, ...ofSender].map((one) => [one.expression, one])).values()],
  });
}

function verdict(parts: Parts, scope: Scope, context: AdapterContext) {
  try {
    prove(parts, scope);
    const age = ageOf(parts, scope, context);
    if (age < -parts.tolerance) throw ofAnotherTime(parts);
    return age > parts.tolerance
      ? ({ state: 'old', reason: ofAnotherTime(parts).message } as const)
      : ({ state: 'right' } as const);
  } catch (error) {
    if (!TelephonyError.isInstance(error)) throw error;
    return { state: 'refused', reason: error.message } as const;
  }
}

/** Several, if the system signs with an old and a new secret. An empty one does not count: it would equal another empty one. */
function candidates(template: TextTemplate, scope: Scope): readonly string[] {
  return [template.value(scope)]
    .flat()
    .map(textOf)
    .filter((text) => text !== '');
}

/** In constant time, wherever they differ: hashes are compared, which a stranger cannot choose. */
function isSame(left: string, right: string): boolean {
  const ours = sha256(utf8ToBytes(left));
  const theirs = sha256(utf8ToBytes(right));
  return (
    ours.reduce((difference, byte, index) => difference | (byte ^ (theirs[index] ?? 0)), 0) === 0
  );
}

function unsigned(what: string): TelephonyError {
  return new TelephonyError({
    code: 'auth_failed',
    feature: 'answeredCall',
    message: `The notification ${what}.`,
    hint: 'Compare answeredCall.signature of the connection with what the telephone system documents, and its secret with the one that is set there.',
  });
}
