import * as v from 'valibot';
import type { Adapter } from '../adapter.ts';
import { issueMessage } from '../errors/issue-message.ts';
import { SettingsError, type SettingsIssue } from '../errors/settings-error.ts';
import { TelephonyError } from '../errors/telephony-error.ts';
import type { AdapterFeatures, Features } from '../features/features.ts';
import { compileAnsweredCall } from './notifications/answered-call-template.ts';
import { compileClick2Call, compileTransfer } from './calls/command-templates.ts';
import { compileContactClear } from './loads/contact-clear-template.ts';
import { compileContactLoad } from './loads/contact-load-template.ts';
import { DocumentPlace } from './language/document-place.ts';
import { compileDialerResults } from './results/dialer-results-template.ts';
import { compileRecording } from './calls/recording-template.ts';
import { isAbsolute } from './exchanges/request-template.ts';
import { declaredMembers } from './declared-members.ts';
import { createSession, type Session } from './exchanges/session-template.ts';
import { splitTemplate } from './language/split-template.ts';
import { TemplateSettingsSchema, type Template, type TemplateSettings } from './settings-schema.ts';
import { compileSteps } from './exchanges/steps-template.ts';
import { scopeOf } from './exchanges/request-scope.ts';
import type { TemplateConnection } from './template-connection.ts';
import { checkVariables, featureVariables, sessionVariables } from './language/variables.ts';

/**
 * Compiles a template into an adapter: the features that it describes, and no others. Everything is compiled here, once.
 *
 * @throws {SettingsError} with every place that is wrong or cannot work.
 */
export function createTemplateAdapter(template: Template): Adapter {
  const settings = checked(template);
  const issues: SettingsIssue[] = [];
  const names = {
    variables: Object.keys(settings.variables),
    members: declaredMembers(settings),
  };
  const base: TemplateConnection = {
    baseUrl: settings.baseUrl,
    headers: settings.headers,
    variables: settings.variables,
    operators: settings.operators,
    operatorList: Object.entries(settings.operators).map(([extension, columns]) => ({
      ...columns,
      extension,
    })),
    queues: settings.queues,
    session: undefined,
    placeOf: (feature) =>
      new DocumentPlace([feature], {
        names: { ...names, table: featureVariables[feature] },
        issues,
        feature,
      }),
  };
  const connection: TemplateConnection = {
    ...base,
    session: compileSession(
      settings,
      base,
      new DocumentPlace(['session'], { names: { ...names, table: sessionVariables }, issues }),
    ),
  };
  if (settings.baseUrl !== undefined && !isAbsolute(settings.baseUrl)) {
    issues.push({ path: ['baseUrl'], message: 'must begin with https:// or http://' });
  }
  const features = compileFeatures(settings, connection);
  const check =
    settings.check &&
    compileSteps(
      settings.check,
      connection,
      new DocumentPlace(['check'], { names: { ...names, table: checkVariables }, issues }),
    );
  if (issues.length > 0) throw new SettingsError(issues);
  const { session } = connection;
  // A login of the whole connection shows that address and credentials are right; a login per operator needs an operator.
  const logIn = session?.perOperator === false ? session.enterAnew : undefined;
  const run = check?.run ?? logIn;
  if (!run) return { features };
  return {
    features,
    checkCredentials: async (context) => {
      await run(scopeOf(connection, context), context);
    },
  };
}

/** By the same rules as a document: an author may write a template by hand, or without types. */
function checked(template: Template): TemplateSettings {
  const { success, output, issues } = v.safeParse(TemplateSettingsSchema, template);
  if (success) return output;
  throw new SettingsError(
    issues.map((issue) => ({ path: keysOf(issue), message: issueMessage(issue) })),
  );
}

const keysOf = ({ path }: v.BaseIssue<unknown>) =>
  (path ?? []).map(({ key }) => (typeof key === 'number' ? key : String(key)));

/** The features that a document describes. */
function compileFeatures(
  settings: TemplateSettings,
  connection: TemplateConnection,
): AdapterFeatures {
  return {
    ...(settings.click2call && { click2call: compileClick2Call(settings.click2call, connection) }),
    ...(settings.transfer && { transfer: compileTransfer(settings.transfer, connection) }),
    ...(settings.recording && { recording: compileRecording(settings.recording, connection) }),
    ...(settings.contactClear && {
      contactClear: compileContactClear(settings.contactClear, connection),
    }),
    ...(settings.contactLoad && {
      contactLoad: compileContactLoad(settings.contactLoad, connection),
    }),
    ...(settings.dialerResults && {
      dialerResults: compileDialerResults(settings.dialerResults, connection),
    }),
    ...(settings.answeredCall && {
      answeredCall: compileAnsweredCall(settings.answeredCall, connection),
    }),
  };
}

/** The login does not use itself: its own requests are sent without a session. */
function compileSession(
  { session }: TemplateSettings,
  connection: TemplateConnection,
  place: DocumentPlace,
): Session | undefined {
  if (!session) return undefined;
  const loggedOut = {
    ...connection,
    headers: withoutSession(connection.headers, place.ofConnection('headers')),
  };
  const steps = compileSteps(session, loggedOut, place);
  return createSession({
    names: steps.names,
    lifetimeMs: session.lifetime * 1000,
    perOperator: session.per === 'operator',
    async logIn({ values }, context) {
      const extension = values['extension'];
      if (session.per === 'operator' && typeof extension !== 'string') throw nobodyKnown();
      const scope = scopeOf(connection, context, { extension });
      const { captures } = await steps.run(scope, context, { withholdAnswer: true });
      if (steps.names.length > 0 && Object.keys(captures).length === 0)
        throw nothingCaptured(steps.names);
      return captures;
    },
  });
}

/** A login without a name fails, and systems lock accounts after failed logins. */
function nobodyKnown(): TelephonyError {
  return new TelephonyError({
    code: 'invalid_input',
    message:
      'Each operator logs into this telephone system, and the extension of this call is not known.',
    hint: 'Name a call that was placed by this connection.',
  });
}

/** "Wrong password" with status 200: requests without a token may lock the account, or be attributed to somebody else. The message may contain credentials. */
function nothingCaptured(names: readonly string[]): TelephonyError {
  return new TelephonyError({
    code: 'auth_failed',
    delivery: 'not_sent',
    message: `The telephone system answered the login, but its answer contains none of the values that session.capture reads (${names.join(', ')}).`,
    hint: 'Check the credentials, and what session.capture reads; a rule in session.outcome gives the words of a refusal.',
  });
}

/** A header with the token of the login cannot be sent by the login. */
function withoutSession(
  headers: Readonly<Record<string, string>>,
  place: DocumentPlace,
): Record<string, string> {
  const readsSession = (value: string) =>
    splitTemplate(value).some(
      ({ kind, written }) => kind === 'expression' && /\bsession\b/.test(written),
    );
  return Object.fromEntries(
    Object.entries(headers).filter(
      ([name, value]) => !place.at(name).attempt(() => readsSession(value), false),
    ),
  );
}

/** The features that a template describes. They are known to exist, unless the template was declared as `Template`, which may have any. */
export type FeaturesFrom<Given extends Template> = {
  readonly [Name in keyof Features]: Given extends Readonly<Record<Name, object>>
    ? Features[Name]
    : Features[Name] | undefined;
};

/**
 * The features of a template, for an adapter that composes: spread them, and add to, override or wrap them. Credentials go into `variables`.
 *
 * @throws {SettingsError} with every place that is wrong or cannot work; it begins at the root of the template.
 * @example
 * const template = ({ baseUrl, token }: Settings) => ({
 *   baseUrl,
 *   variables: { token },
 *   headers: { Authorization: 'Bearer {{ variables.token }}' },
 *   recording: { request: { url: '/calls/{{ callId }}/recording' } },
 * }) satisfies Template;
 * const create = (settings: Settings) => ({
 *   features: { ...fromTemplate(template(settings)), transfer: acmeTransfer(settings) },
 * });
 */
export function fromTemplate<Given extends Template>(template: Given): FeaturesFrom<Given>;
export function fromTemplate(template: Template): AdapterFeatures {
  return createTemplateAdapter(template).features;
}
