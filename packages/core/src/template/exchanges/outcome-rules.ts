import type { FeatureName } from '../../features/feature-name.ts';
import type { ErrorCode } from '../../errors/error-code.ts';
import { meaningOfStatus, retryAfter } from '../../errors/meaning-of-status.ts';
import { TelephonyError } from '../../errors/telephony-error.ts';
import type { DocumentPlace } from '../language/document-place.ts';
import type { Compiled } from '../language/compile-expression.ts';
import type { ReadSettings } from '../replies/read-settings.ts';
import { excerptOf, type Reply } from '../replies/reply.ts';
import type { RepliedScope } from '../language/scope.ts';
import type { outcomeClasses, RuleSettings } from './exchange-settings.ts';
import type { TextTemplate } from '../language/text-template.ts';
import { isTrue, textOf } from '../language/value.ts';

type OutcomeClass = (typeof outcomeClasses)[number];

const codeOfClass: Readonly<
  Record<Exclude<OutcomeClass, 'ok' | 'ok_empty' | 'benign'>, ErrorCode>
> = {
  refused: 'refused',
  auth: 'auth_failed',
  rate_limited: 'rate_limited',
  temporary: 'unavailable',
  invalid_config: 'invalid_config',
  not_found: 'not_found',
  not_ready: 'not_ready',
};

const sentences: Readonly<Partial<Record<ErrorCode, string>>> = {
  refused: 'The telephone system refused.',
  auth_failed: 'The telephone system did not accept the credentials of the connection.',
  rate_limited: 'The telephone system asks for fewer requests.',
  unavailable: 'The telephone system is not able to do this now.',
  invalid_config: 'The telephone system says that the connection is set up wrongly.',
  not_found: 'The telephone system does not know what was asked for.',
  not_ready: 'The telephone system has it not ready yet.',
  network: 'A proxy or gateway in front of the telephone system got no usable answer from it.',
  timeout: 'A proxy or gateway in front of the telephone system got no answer from it in time.',
};

const behindGateway =
  'Look at the telephone system. Where this status says that nothing was passed on to it, add a rule for it to the outcome of this feature.';

const hints: Readonly<Partial<Record<ErrorCode, string>>> = {
  auth_failed:
    'Check the secrets of the connection, and whether this host may call the telephone system.',
  network: behindGateway,
  timeout: behindGateway,
  unreadable_response:
    'Look at the answer in the log of exchanges, and add a rule for it to the outcome of this feature.',
};

/** Decides whether an answer is a success. Returns for a success, throws for everything else. */
export type OutcomeRules = (scope: RepliedScope) => OutcomeClass;

/** @param acts whether the request does something at the telephone system: an HTML page that no rule looks at is not a success then */
export function compileOutcome(
  rules: readonly RuleSettings[],
  read: ReadSettings | undefined,
  place: DocumentPlace,
  acts: boolean,
): OutcomeRules {
  const { feature, reads } = place;
  const intoPages = readsPages(read) ? ['text', 'reply'] : ['text'];
  const compiled = rules.map((rule, index) => ({
    place: place.at(index),
    written: rule.when,
    when: place.at(index, 'when').expression(rule.when),
    message: rule.message === undefined ? undefined : place.at(index, 'message').text(rule.message),
    is: rule.is,
  }));
  const readsReply = compiled.some(
    ({ when, message }) => when.reads.has('reply') || message?.reads.has('reply'),
  );
  return (scope) => {
    if (scope.explain) explainReply(scope, place);
    for (const rule of compiled) {
      const holds = isTrue(rule.when.evaluate(scope));
      if (scope.explain) explainRule(scope, rule, holds);
      if (!holds) continue;
      if (rule.is === 'ok' || rule.is === 'ok_empty' || rule.is === 'benign') return rule.is;
      throw failure(codeOfClass[rule.is], scope.reply, feature, rule.message?.render(scope));
    }
    scope.explain?.({ kind: 'status', place: place.path.join('.'), status: scope.reply.status });
    const is = byStatus(scope.reply, feature);
    if (readsReply) demandForm(scope.reply, feature);
    if (acts && !intoPages.some((name) => reads.has(name))) demandNoPage(scope.reply, feature);
    return is;
  };
}

/** Rules that read fields do not apply to a page: "system under maintenance" with status 200 would be a success by its status. */
function demandForm(reply: Reply, feature: FeatureName | undefined): void {
  if (reply.text.trim() === '' || reply.value() !== undefined) return;
  throw unreadable(
    reply,
    feature,
    'The telephone system answered in another form than the rules of the outcome read.',
  );
}

/** Whether the document may look for something in an HTML page. A page that happens to be readable as XML, or as names and values, does not count. */
const readsPages = (read: ReadSettings = []): boolean =>
  (Array.isArray(read) ? read : [read]).some(({ as }) => as === 'text' || as === 'regex');

/** Many systems that are down show a page with status 200. If nothing in the answer is checked, that would be a success. */
function demandNoPage(reply: Reply, feature: FeatureName | undefined): void {
  if (!/^\s*<(?:!doctype\s+html|html)\b/i.test(reply.text)) return;
  throw unreadable(
    reply,
    feature,
    'The telephone system answered with a page (HTML), and the connection does not read pages.',
  );
}

function explainReply({ reply, explain }: RepliedScope, { path }: DocumentPlace): void {
  const value = reply.value();
  explain?.({
    kind: 'reply',
    place: path.slice(0, -1).join('.'),
    status: reply.status,
    isReadable: value !== undefined,
    ...(value !== undefined && { value }),
  });
}

interface CompiledRule {
  readonly place: DocumentPlace;
  readonly written: string;
  readonly when: Compiled;
  readonly is: OutcomeClass;
  readonly message: TextTemplate | undefined;
}

function explainRule(scope: RepliedScope, rule: CompiledRule, holds: boolean): void {
  scope.explain?.({
    kind: 'rule',
    place: rule.place.path.join('.'),
    expression: rule.written,
    reads: rule.when.inputs(scope),
    holds,
    is: rule.is,
    ...(holds && rule.message && { message: rule.message.render(scope) }),
  });
}

/** What the HTTP status means if no rule of the document matches. */
function byStatus(reply: Reply, feature: FeatureName | undefined): 'ok' {
  const failed = meaningOfStatus(reply);
  if (!failed) return 'ok';
  if (failed.code !== 'unreadable_response') throw failure(failed.code, reply, feature);
  throw unreadable(
    reply,
    feature,
    `The telephone system answered with status ${reply.status}, a redirect for instance, which is not followed.`,
  );
}

export function unreadable(
  reply: Reply,
  feature: FeatureName | undefined,
  message: string,
): TelephonyError {
  return failure('unreadable_response', reply, feature, undefined, message);
}

function failure(
  code: ErrorCode,
  reply: Reply,
  feature: FeatureName | undefined,
  vendorMessage: string | undefined = guessMessage(reply),
  sentence: string = sentences[code] ?? 'The telephone system failed.',
): TelephonyError {
  const retryAfterMs =
    code === 'rate_limited' || code === 'unavailable'
      ? retryAfter(reply.headers.get('retry-after'))
      : undefined;
  const hint = hints[code];
  return new TelephonyError({
    code,
    message: sentence,
    vendor: {
      status: reply.status,
      excerpt: excerptOf(reply.text),
      ...(vendorMessage !== undefined &&
        vendorMessage !== '' && { message: excerptOf(vendorMessage) }),
    },
    ...(feature && { feature }),
    ...(hint !== undefined && { hint }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

/** The vendor's message if no rule reads it, from the fields that most vendors use. */
function guessMessage(reply: Reply): string | undefined {
  if (reply.text === '' || !reply.isJson) return undefined;
  const body = reply.json();
  if (typeof body !== 'object' || body === null) return undefined;
  for (const key of [
    'message',
    'mensagem',
    'error',
    'erro',
    'detail',
    'title',
    'reason',
    'descStatus',
  ]) {
    const value: unknown = Object.getOwnPropertyDescriptor(body, key)?.value;
    if (typeof value === 'string') return value;
    if (typeof value === 'object' && value !== null && 'message' in value)
      return textOf(value.message);
  }
  return undefined;
}
