import type { Adapter } from '../adapter.ts';
import { SettingsError, type SettingsIssue } from '../errors/settings-error.ts';
import type { Features } from '../features/features.ts';
import { compileAnsweredCall } from './answered-call-template.ts';
import {
  compileClick2Call,
  compileContactClear,
  compileContactLoad,
  compileTransfer,
} from './command-templates.ts';
import { DocumentCompiler } from './compile-document.ts';
import { compileDialerResults } from './dialer-results-template.ts';
import { compileExchange } from './exchange-template.ts';
import { compileRecording } from './recording-template.ts';
import { isAbsolute } from './request-template.ts';
import type { TemplateSettings } from './settings-schema.ts';
import { baseValues, type TemplateConnection } from './template-connection.ts';
import { checkVariables, featureVariables } from './variables.ts';

/**
 * Compiles settings into an adapter: the features that the document describes, and no others. Everything is compiled here, once.
 *
 * @throws {SettingsError} with every place that cannot work.
 */
export function createTemplateAdapter(settings: TemplateSettings): Adapter {
  const issues: SettingsIssue[] = [];
  const variables = Object.keys(settings.variables);
  const connection: TemplateConnection = {
    baseUrl: settings.baseUrl,
    headers: settings.headers,
    variables: settings.variables,
    compilerFor: (feature) =>
      new DocumentCompiler({ table: featureVariables[feature], variables }, issues),
  };
  if (settings.baseUrl !== undefined && !isAbsolute(settings.baseUrl)) {
    issues.push({ path: ['baseUrl'], message: 'must begin with https:// or http://' });
  }
  const features: Partial<Features> = {
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
  const check =
    settings.check &&
    compileExchange(
      settings.check,
      connection,
      new DocumentCompiler({ table: checkVariables, variables }, issues),
      ['check'],
      undefined,
    );
  if (issues.length > 0) throw new SettingsError(issues);
  if (!check) return { features };
  return {
    features,
    checkCredentials: async (context) => {
      await check.run(
        { values: baseValues(connection, context, {}), timeZone: context.tenant.timeZone },
        context,
      );
    },
  };
}

/**
 * The features of a template, for an adapter that composes: spread them and put its own beside or over them.
 *
 * @example
 * features: { ...fromTemplate(acmeTemplate(settings)), transfer: acmeTransfer(settings) }
 */
export function fromTemplate(settings: TemplateSettings): Partial<Features> {
  return createTemplateAdapter(settings).features;
}
