import type { AdapterContext, ContextRequestInit } from '../../context.ts';
import type { DocumentPlace } from '../language/document-place.ts';
import { decodeWhole } from '../replies/decode-text.ts';
import { told } from '../language/explain.ts';
import { compileOutcome, unreadable, type OutcomeRules } from './outcome-rules.ts';
import type { ReadSettings } from '../replies/read-settings.ts';
import { Reply } from '../replies/reply.ts';
import { compileReader, type ReadText } from '../replies/reply-reader.ts';
import { compileRequest, type RenderedRequest } from './request-template.ts';
import type { RepliedScope, Scope } from '../language/scope.ts';
import type { RequestSettings, RuleSettings } from './exchange-settings.ts';
import type { TemplateConnection } from '../template-connection.ts';
import { replyVariables } from '../language/variables.ts';

export interface ExchangeSettings {
  readonly request: RequestSettings;
  readonly read?: ReadSettings | undefined;
  readonly outcome: readonly RuleSettings[];
  readonly capture: Readonly<Record<string, string>>;
}

/** What applies to the answers of one feature, in addition to the document. */
export type ExchangeLimits = Pick<
  ContextRequestInit,
  'maxResponseBytes' | 'timeoutMs' | 'withholdAnswer'
>;

/** One request with the rules that read its answer. */
export interface ExchangeTemplate {
  readonly render: (scope: Scope) => RenderedRequest;
  readonly judge: OutcomeRules;
  readonly read: ReadText | undefined;
  /** What may be named where the answer is read. */
  readonly replied: DocumentPlace;
  /** Variables that the request reads. */
  readonly reads: ReadonlySet<string>;
  /** Sends the request and returns the answer, not read yet. */
  readonly send: (
    scope: Scope,
    context: AdapterContext,
    limits?: ExchangeLimits,
  ) => Promise<Response>;
  /** Sends, reads and judges. @throws {TelephonyError} for everything but a success */
  readonly run: (
    scope: Scope,
    context: AdapterContext,
    limits?: ExchangeLimits,
  ) => Promise<JudgedReply>;
  /** The names of what it captures. */
  readonly names: readonly string[];
  /** The captures of a judged answer; empty ones are left out. */
  readonly capture: (scope: RepliedScope) => Record<string, string>;
}

export interface JudgedReply {
  readonly scope: RepliedScope;
  readonly outcome: ReturnType<OutcomeRules>;
}

/** @param acts whether the request does something at the telephone system; see {@link compileOutcome} */
export function compileExchange(
  settings: ExchangeSettings,
  connection: TemplateConnection,
  place: DocumentPlace,
  acts: boolean,
): ExchangeTemplate {
  const requested = place.with({});
  const render = compileRequest(settings.request, connection, requested.at('request'));
  const replied = place.with(replyVariables);
  const judge = compileOutcome(settings.outcome, settings.read, replied.at('outcome'), acts);
  const read = settings.read && compileReader(settings.read, place.at('read'));
  const captures = Object.entries(settings.capture).map(([name, expression]) => {
    const ofCapture = replied.at('capture', name);
    return { name, place: ofCapture, expression, compiled: ofCapture.text(expression) };
  });
  const needsReply = captures.some(({ compiled }) => compiled.reads.has('reply'));
  const { follow } = settings.request;

  const send: ExchangeTemplate['send'] = (scope, context, limits) => {
    const { url, init } = render(scope);
    return context.fetch(url, {
      ...limits,
      ...init,
      ...(follow && { redirect: 'follow' as const }),
      signal: context.signal,
    });
  };

  return {
    render,
    judge,
    read,
    replied,
    reads: requested.reads,
    names: captures.map(({ name }) => name),
    send,
    async run(scope, context, limits) {
      const response = await send(scope, context, limits);
      const bytes = new Uint8Array(await response.arrayBuffer());
      const reply = new Reply(response, decodeWhole(bytes), read);
      const repliedScope: RepliedScope = { ...scope, reply };
      const outcome = judge(repliedScope);
      if (needsReply && reply.text.trim() !== '' && reply.value() === undefined) {
        throw unreadable(
          reply,
          place.feature,
          read
            ? 'The telephone system answered in another form than the connection expects.'
            : 'The telephone system answered with something that is not JSON.',
        );
      }
      return { scope: repliedScope, outcome };
    },
    capture(scope) {
      const quiet: RepliedScope = {
        values: scope.values,
        timeZone: scope.timeZone,
        reply: scope.reply,
      };
      const found = captures.map((captured) => {
        const value = captured.compiled.render(quiet);
        return [captured.name, told(scope, captured, value)] as const;
      });
      return Object.fromEntries(found.filter(([, value]) => value !== ''));
    },
  };
}
