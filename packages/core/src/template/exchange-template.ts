import type { AdapterContext } from '../context.ts';
import type { FeatureName } from '../features/feature-name.ts';
import type { DocumentCompiler } from './compile-document.ts';
import { compileOutcome, unreadable, type OutcomeRules } from './outcome-rules.ts';
import { Reply } from './reply.ts';
import {
  compileRequest,
  type ConnectionSettings,
  type RenderedRequest,
} from './request-template.ts';
import type { Scope } from './scope.ts';
import type { RequestSettings, RuleSettings } from './settings-schema.ts';
import type { TextTemplate } from './text-template.ts';
import { replyVariables } from './variables.ts';

type Path = readonly (string | number)[];

interface ExchangeSettings {
  readonly request: RequestSettings;
  readonly outcome: readonly RuleSettings[];
  readonly capture?: Readonly<Record<string, string>>;
}

export type RepliedScope = Scope & { readonly reply: Reply };

/** One request with the rules that read its answer. */
export interface ExchangeTemplate {
  readonly render: (scope: Scope) => RenderedRequest;
  readonly judge: OutcomeRules;
  /** Sends, reads and judges. @throws {TelephonyError} for everything but a success */
  readonly run: (scope: Scope, context: AdapterContext) => Promise<RepliedScope>;
  /** The captures of a judged answer; empty ones are left out. */
  readonly capture: (scope: RepliedScope) => Record<string, string>;
}

export function compileExchange(
  settings: ExchangeSettings,
  connection: ConnectionSettings,
  compiler: DocumentCompiler,
  path: Path,
  feature: FeatureName | undefined,
): ExchangeTemplate {
  const render = compileRequest(settings.request, connection, compiler, [...path, 'request']);
  const replied = compiler.with(replyVariables);
  const judge = compileOutcome(settings.outcome, replied, [...path, 'outcome'], feature);
  const captures = Object.entries(settings.capture ?? {}).map(
    ([name, source]): readonly [string, TextTemplate] => [
      name,
      replied.text(source, [...path, 'capture', name]),
    ],
  );
  const needsJson = captures.some(([, template]) => template.reads.has('reply'));

  return {
    render,
    judge,
    async run(scope, context) {
      const { url, init } = render(scope);
      const response = await context.fetch(url, { ...init, signal: context.signal });
      const reply = new Reply(response.status, response.headers, await response.text());
      const repliedScope: RepliedScope = { ...scope, reply };
      judge(repliedScope);
      if (needsJson && reply.text.trim() !== '' && reply.json() === undefined) {
        throw unreadable(
          reply,
          feature,
          'The telephone system answered with something that is not JSON.',
        );
      }
      return repliedScope;
    },
    capture(scope) {
      const quiet: RepliedScope = {
        values: scope.values,
        timeZone: scope.timeZone,
        reply: scope.reply,
      };
      const found = captures.map(([name, template]) => [name, template.render(quiet)] as const);
      return Object.fromEntries(found.filter(([, value]) => value !== ''));
    },
  };
}
