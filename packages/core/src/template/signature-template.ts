import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import type { AdapterContext } from '../context.ts';
import { TelephonyError } from '../errors/telephony-error.ts';
import type { DocumentCompiler, Path } from './compile-document.ts';
import { parseInstant } from './date-format.ts';
import type { Scope } from './scope.ts';
import type { TemplateSettings } from './settings-schema.ts';
import { reportSignatureFaults } from './signature-faults.ts';
import type { TextTemplate } from './text-template.ts';
import { isTrue, textOf } from './value.ts';

type SignatureSettings = NonNullable<NonNullable<TemplateSettings['answeredCall']>['signature']>;

export interface Signature {
  /** Whether the notification is one that the system does not sign, of which no event is taken. */
  readonly isExcepted: (scope: Scope) => boolean;
  /** @throws {TelephonyError} `auth_failed` for what nobody has signed who knows the secret, or has signed too long ago; `invalid_config` where nothing can be signed with that */
  readonly verify: (scope: Scope, context: AdapterContext) => void;
}

/** Systems send two or three while a secret is being changed. Strangers choose how many they send, and each costs time in which all companies wait. */
const mostGiven = 20;
const defaultTolerance = 300;

export function compileSignature(
  settings: SignatureSettings,
  compiler: DocumentCompiler,
  path: Path,
): Signature {
  const part = (name: 'given' | 'expected' | 'at', source: string) => {
    const faults = compiler.issues.length;
    const template = compiler.text(source, [...path, name]);
    return { template, reads: compiler.issues.length > faults ? undefined : template.reads };
  };
  const given = part('given', settings.given);
  const expected = part('expected', settings.expected);
  const at = settings.at === undefined ? undefined : part('at', settings.at);
  reportSignatureFaults(
    { given: given.reads, expected: expected.reads, at: at?.reads },
    compiler,
    path,
  );
  if (!at && settings.tolerance !== undefined)
    compiler.report([...path, 'tolerance'], 'does nothing without "at", the moment of signing');
  const tolerance = settings.tolerance ?? defaultTolerance;
  const except =
    settings.except === undefined
      ? undefined
      : compiler.condition(settings.except, [...path, 'except']);
  return {
    isExcepted: (scope) => except !== undefined && isTrue(except.evaluate(scope)),
    verify(scope, context) {
      // First, so that a secret which is none is told of as that, whatever comes.
      const wanted = candidates(expected.template, scope);
      const signatures = candidates(given.template, scope);
      if (signatures.length === 0) throw unsigned('has no signature (signature.given)');
      if (signatures.length > mostGiven)
        throw unsigned(`has more than ${mostGiven} signatures (signature.given)`);
      if (!signatures.some((one) => wanted.some((other) => isSame(one, other))))
        throw unsigned('has a wrong signature');
      if (at && !isRecent(at.template, tolerance, scope, context))
        throw unsigned(
          `was signed more than ${tolerance} seconds ago or ahead, or without a moment (signature.at)`,
        );
    },
  };
}

/** Several, where the system signs with an old and a new secret. An empty one is none: it would be the same as an empty other. */
function candidates(template: TextTemplate, scope: Scope): readonly string[] {
  return [template.value(scope)]
    .flat()
    .map(textOf)
    .filter((text) => text !== '');
}

/** In the same time wherever they differ: of hashes, of which a stranger can choose none. */
function isSame(left: string, right: string): boolean {
  const ours = sha256(utf8ToBytes(left));
  const theirs = sha256(utf8ToBytes(right));
  return (
    ours.reduce((difference, byte, index) => difference | (byte ^ (theirs[index] ?? 0)), 0) === 0
  );
}

function isRecent(
  at: TextTemplate,
  tolerance: number,
  scope: Scope,
  context: AdapterContext,
): boolean {
  const moment = parseInstant(textOf(at.value(scope)), scope.timeZone);
  return (
    moment !== undefined && Math.abs(context.now().getTime() - moment.getTime()) <= tolerance * 1000
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
