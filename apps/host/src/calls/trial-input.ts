import { TelephonyError, type Features } from '@finaz-telephony/core';
import * as v from 'valibot';
import { invalidRequest } from '../http/error-response.ts';
import { issuesOf } from '../http/json-body.ts';
import type { TrialConnection } from './trial.ts';

/** @throws {TelephonyError} `feature_off` */
export function featureOf<Name extends keyof Features>(
  { name, adapter }: TrialConnection,
  feature: Name,
): NonNullable<Features[Name]> {
  const run = adapter.features[feature];
  if (run) return run;
  throw new TelephonyError({
    code: 'feature_off',
    message: `The connection "${name}" has no ${feature}.`,
    hint: `It has ${Object.keys(adapter.features).join(', ') || 'none'}.`,
  });
}

/** @throws {RequestError} naming what is wrong */
export function inputOf<Schema extends v.GenericSchema>(
  schema: Schema,
  input: unknown,
): v.InferOutput<Schema> {
  const parsed = v.safeParse(schema, input);
  if (parsed.success) return parsed.output;
  throw invalidRequest(
    issuesOf(parsed.issues, schema).map(({ path, message }) => ({
      path: path === '' ? 'input' : `input.${path}`,
      message,
    })),
  );
}
