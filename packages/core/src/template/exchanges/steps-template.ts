import type { AdapterContext } from '../../context.ts';
import { TelephonyError } from '../../errors/telephony-error.ts';
import { afterAccepting, afterSending, inDoubtUnread } from '../../errors/unknown-delivery.ts';
import type { FeatureName } from '../../features/feature-name.ts';
import type { Captures } from '../../values/mailing.ts';
import type { DocumentPlace } from '../language/document-place.ts';
import {
  compileExchange,
  type ExchangeLimits,
  type ExchangeSettings,
  type ExchangeTemplate,
  type JudgedReply,
} from './exchange-template.ts';
import { told } from '../language/explain.ts';
import { repeatedly, type Condition } from './repeated-step.ts';
import type { RepliedScope, Scope } from '../language/scope.ts';
import type { StepSettings } from './exchange-settings.ts';
import type { TemplateConnection } from '../template-connection.ts';
import { isTrue } from '../language/value.ts';
import type { VariableTable } from '../language/variables.ts';

export interface StepsSettings extends ExchangeSettings {
  readonly steps?: readonly StepSettings[] | undefined;
  readonly repeat?: StepSettings['repeat'];
}

export interface StepsResult {
  /** The last answer. */
  readonly scope: RepliedScope;
  readonly outcome: JudgedReply['outcome'];
  /** What all steps have captured. */
  readonly captures: Captures;
  /** Whether the condition of a `repeat` was met. */
  readonly isComplete: boolean;
}

/** Sends a step's request, and reads its answer. */
export type RunStep = (
  scope: Scope,
  context: AdapterContext,
  limits?: ExchangeLimits,
) => Promise<StepsResult>;

/** Runs steps, and returns the scope with their captures. */
export type Lead = (
  scope: Scope,
  context: AdapterContext,
  limits?: ExchangeLimits,
) => Promise<Scope>;

/** A feature's request with the steps before it. */
export interface StepsTemplate {
  readonly last: ExchangeTemplate;
  /** The names of what the steps capture. */
  readonly names: readonly string[];
  readonly run: RunStep;
  /** Runs the steps before the last request, and returns the scope that the last request is rendered with. */
  readonly lead: Lead;
  readonly leadParts: StepList['leadParts'];
  /** Runs the last request in a scope from `lead`; any number of times, if the answer is paginated. */
  readonly follow: RunStep;
  /**
   * Calls `run`, which sends the last request itself and judges its answer, with a scope from `lead` and the session; once more after a new login if it throws
   * `auth_failed`. `reads` are variables that `run` reads in addition to those of the request.
   */
  readonly inSession: <Result>(
    scope: Scope,
    context: AdapterContext,
    run: (entered: Scope) => Promise<Result>,
    reads?: ReadonlySet<string>,
  ) => Promise<Result>;
}

/** Features whose request does something at the telephone system. */
const acting: ReadonlySet<FeatureName | undefined> = new Set<FeatureName>([
  'click2call',
  'transfer',
  'contactLoad',
  'contactClear',
]);

/** For features that must never be done twice: the variables that say whom to call, hand over to or load. */
const whom: Partial<Record<FeatureName, RegExp>> = {
  click2call: /^(?:number|phone)$/,
  transfer: /^destination$/,
  contactLoad: /^(?:contactId|name|cpf|national|items?\b|phone|number)/,
};

/**
 * Whether the last request only asks for the outcome of what an earlier step has done. A request with `repeat` does: nothing else may be repeated. Without it,
 * a GET may itself be what acts, after a login or a lookup. It only asks if a step reads whom to call, and either such a step is not a GET, or the GET does not
 * read that too.
 */
function looksBack(
  feature: FeatureName | undefined,
  steps: readonly CompiledStep[],
  last: Pick<CompiledStep, 'exchange' | 'isGet'>,
  isRepeated: boolean,
): boolean {
  const subject = feature && whom[feature];
  if (!subject || steps.length === 0) return false;
  if (isRepeated) return true;
  const isTold = ({ exchange }: Pick<CompiledStep, 'exchange'>) =>
    [...exchange.reads].some((name) => subject.test(name));
  const namers = steps.filter(isTold);
  return last.isGet && namers.length > 0 && !(isTold(last) && namers.every(({ isGet }) => isGet));
}

/** `ofLast` are variables that only the last request may read. */
export function compileSteps(
  settings: StepsSettings,
  connection: TemplateConnection,
  place: DocumentPlace,
  ofLast: VariableTable = {},
): StepsTemplate {
  const before = compileStepList(settings.steps ?? [], connection, place.at('steps'));
  const last = compileStep(
    settings,
    connection,
    place.with(ofLast),
    acting.has(place.feature),
    before.steps,
  );
  const { lead, leadParts } = before;
  const follow: StepsTemplate['follow'] = async (led, context, limits) => {
    const result = await last.run(led, context, limits).catch((error: unknown) => {
      // An earlier request may already have had the effect.
      throw settings.steps?.length ? afterSending(error) : error;
    });
    return { ...result, captures: { ...capturesOf(led), ...result.captures } };
  };

  return {
    last: last.exchange,
    lead,
    leadParts,
    names: [...before.names, ...last.exchange.names],
    inSession: (scope, context, run, reads) =>
      inSession(
        last.exchange.reads.has('session') || reads?.has('session') === true,
        connection,
        scope,
        context,
        run,
      ),
    follow,
    run: async (scope, context, limits) =>
      follow(await lead(scope, context, withheld(limits)), context, limits),
  };
}

/** A sequence of requests: the steps before a feature's request, or those at one moment of a mailing. */
export interface StepList {
  readonly steps: readonly CompiledStep[];
  /** The names of what the steps capture. */
  readonly names: readonly string[];
  readonly lead: Lead;
  /** `lead` in two parts: the steps before the first that reads such a variable, and those from it on, if there is one. An error of `from` is of that part alone. */
  readonly leadParts: (isSuch: (variable: string) => boolean) => {
    readonly before: Lead;
    readonly from?: Lead;
  };
}

/** @param lastActs whether the last of them has an effect; those before it may be a login, or a lookup */
export function compileStepList(
  steps: readonly StepSettings[],
  connection: TemplateConnection,
  place: DocumentPlace,
  lastActs = false,
): StepList {
  const compiled = steps.map((step, index) =>
    compileStep(step, connection, place.at(index), lastActs && index === steps.length - 1),
  );
  const lead = leadThrough(compiled);
  return {
    steps: compiled,
    names: compiled.flatMap(({ exchange }) => exchange.names),
    lead,
    leadParts(isSuch) {
      const at = compiled.findIndex(({ exchange }) => [...exchange.reads].some(isSuch));
      if (at < 0) return { before: lead };
      return {
        before: leadThrough(compiled.slice(0, at)),
        from: leadThrough(compiled.slice(at)),
      };
    },
  };
}

function leadThrough(steps: readonly CompiledStep[]): Lead {
  return async (scope, context, limits) => {
    let current = scope;
    for (const [index, step] of steps.entries()) {
      if (step.when && !isTrue(step.when.evaluate(current))) continue;
      const captures = await step.run(current, context, limits).then(
        (result) => result.captures,
        (error: unknown) => {
          if (step.tolerate && isRefusal(error)) return {};
          return standIns(step.exchange.names, index > 0 ? afterSending(error) : error, context);
        },
      );
      current = withCaptures(current, captures);
    }
    return current;
  };
}

/** For the steps before the last one: only the last may have a large answer. */
function withheld({ withholdAnswer }: ExchangeLimits = {}): ExchangeLimits | undefined {
  return withholdAnswer ? { withholdAnswer } : undefined;
}

/**
 * A preview gets no answer: made-up values stand for what would have been captured.
 *
 * @throws the error itself, unless it only ends the request of a preview
 */
function standIns(
  names: readonly string[],
  error: unknown,
  { isPreview = false }: AdapterContext,
): Captures {
  if (!isPreview || TelephonyError.isInstance(error)) throw error;
  return Object.fromEntries(names.map((name) => [name, `captured-${name}`]));
}

/** An answer that says no, as opposed to one that never came, or one that every later step would get too. */
function isRefusal(error: unknown): boolean {
  return (
    TelephonyError.isInstance(error) &&
    (error.code === 'refused' || error.code === 'not_found' || error.code === 'not_ready')
  );
}

export const capturesOf = ({ values }: Scope): Captures => {
  const captures: Record<string, string> = {};
  const known = values['captures'];
  if (typeof known === 'object' && known !== null) Object.assign(captures, known);
  return captures;
};

function withCaptures(scope: Scope, captures: Captures): Scope {
  return {
    ...scope,
    values: { ...scope.values, captures: { ...capturesOf(scope), ...captures } },
  };
}

interface CompiledStep {
  readonly exchange: ExchangeTemplate;
  readonly isGet: boolean;
  readonly when: { readonly evaluate: (scope: Scope) => unknown } | undefined;
  readonly tolerate: boolean;
  readonly run: RunStep;
}

/** For a recording, the operator is that of the call. */
const hasOperator = (feature: FeatureName | undefined) =>
  feature === 'click2call' || feature === 'transfer' || feature === 'recording';

function compileStep(
  settings: StepsSettings & Partial<Pick<StepSettings, 'when' | 'tolerate'>>,
  connection: TemplateConnection,
  place: DocumentPlace,
  acts = false,
  before: readonly CompiledStep[] = [],
): CompiledStep {
  const exchange = compileExchange(settings, connection, place, acts);
  const { feature } = place;
  if (connection.session?.perOperator && exchange.reads.has('session') && !hasOperator(feature)) {
    place
      .at('request')
      .report(
        'reads the session of an operator, and there is none here; use another connection for it, with a login of its own',
      );
  }
  const { repeat } = settings;
  const condition = (name: 'until' | 'failed'): Condition | undefined => {
    const expression = repeat?.[name];
    if (expression === undefined) return undefined;
    const ofCondition = exchange.replied.at('repeat', name);
    const written = {
      place: ofCondition,
      expression,
      compiled: ofCondition.expression(expression),
    };
    return (scope) => isTrue(told(scope, written, written.compiled.evaluate(scope)));
  };
  const until = condition('until');
  const failed = condition('failed');

  const isGet = settings.request.method === 'GET';
  const isLook = looksBack(feature, before, { exchange, isGet }, repeat !== undefined);
  const once: RunStep = async (scope, context, limits) => {
    const judged = await inSession(
      exchange.reads.has('session'),
      connection,
      scope,
      context,
      (entered) => answerOf(feature, exchange.run(entered, context, limits)),
    ).catch((error: unknown) => {
      throw isLook ? afterAccepting(error) : error;
    });
    return { ...judged, captures: exchange.capture(judged.scope), isComplete: true };
  };

  return {
    exchange,
    isGet,
    when: settings.when === undefined ? undefined : place.at('when').condition(settings.when),
    tolerate: settings.tolerate ?? false,
    run: repeat && until ? repeatedly(repeat, once, { until, failed }, feature) : once,
  };
}

/** In a call or transfer, any request may be the one with the effect. The login is not one of them. */
function answerOf<Answer>(
  feature: FeatureName | undefined,
  running: Promise<Answer>,
): Promise<Answer> {
  if (feature !== 'click2call' && feature !== 'transfer') return running;
  return running.catch((error: unknown) => {
    throw inDoubtUnread(error);
  });
}

/**
 * Runs a request inside the connection's session, if it reads it. A system that says "log in first" has done nothing, so after one new login the same
 * request is sent once more, and only once.
 */
async function inSession<Result>(
  isRead: boolean,
  { session }: TemplateConnection,
  scope: Scope,
  context: AdapterContext,
  run: (entered: Scope) => Promise<Result>,
): Promise<Result> {
  if (!session || !isRead) return run(scope);
  const captures = await session
    .enter(scope, context)
    .catch((error: unknown) => standIns(session.names, error, context));
  try {
    return await run(withSession(scope, captures, context));
  } catch (error) {
    if (!TelephonyError.isInstance(error) || error.code !== 'auth_failed') throw error;
    session.lapse(scope, captures);
    return run(withSession(scope, await session.enter(scope, context), context));
  }
}

/** From here on a token is as secret as a password, but it is not declared as a secret anywhere. */
function withSession(scope: Scope, session: Captures, context: AdapterContext): Scope {
  for (const value of Object.values(session)) context.conceal?.(value);
  return { ...scope, values: { ...scope.values, session } };
}
