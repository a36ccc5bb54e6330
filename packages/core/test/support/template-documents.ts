import * as v from 'valibot';
import { SettingsError, TelephonyError } from '../../src/index.ts';
import { createTemplateAdapter, TemplateSettingsSchema } from '../../src/template/index.ts';
import type { FakeReply, SentRequest } from './fake-context.ts';
import { runFeature, type FeatureInput } from './run-feature.ts';

/** Settings with one click2call request, by default a plain GET. */
export const dial = (request: object, more: object = {}) => ({
  click2call: { request: { url: 'https://pbx.example/x', ...request }, ...more },
});

/** What is wrong with settings, each as `place: message`. */
export function issuesOf(settings: unknown): string[] {
  try {
    createTemplateAdapter(v.parse(TemplateSettingsSchema, settings));
    return [];
  } catch (error) {
    if (SettingsError.isInstance(error))
      return error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw error;
  }
}

export async function errorOf(result: Promise<unknown>): Promise<TelephonyError> {
  const error: unknown = await result.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!TelephonyError.isInstance(error)) throw new Error(`no TelephonyError but ${String(error)}`);
  return error;
}

/** The one request that click2call of these settings sends. */
export async function sentBy(
  settings: unknown,
  input: FeatureInput = {},
  reply: FakeReply = {},
): Promise<SentRequest> {
  const { context, result } = runFeature('click2call', settings, reply, input);
  await result;
  const [sent, ...others] = context.sent;
  if (!sent || others.length > 0) throw new Error(`${context.sent.length} requests were sent`);
  return sent;
}
