import { createMiddleware } from 'hono/factory';
import * as v from 'valibot';
import { lostKeys } from '../lost-keys.ts';
import { faultsOf, type DocumentIssue } from '../tenants/document-issue.ts';
import { doubledKeys, thereTwice } from './doubled-keys.ts';
import { invalidRequest, RequestError } from './request-error.ts';
import type { HostContext, HostEnv } from './host-env.ts';
import { placeOfMistake } from './place-of-mistake.ts';
import { smallBody } from './small-body.ts';

/** Of nesting, in any JSON body. */
export const mostLevels = 64;

/**
 * Reads a JSON body and checks it against a schema.
 *
 * @throws {RequestError} 415, 413, or 400 naming each mistake with its place.
 */
export async function readJson<Schema extends v.GenericSchema>(
  context: HostContext,
  schema: Schema,
): Promise<v.InferOutput<Schema>> {
  return checkedValue(schema, await readPlainJson(context));
}

/** The same for a request that may have no body, which means `{}`. */
export async function readJsonIfAny<Schema extends v.GenericSchema>(
  context: HostContext,
  schema: Schema,
): Promise<v.InferOutput<Schema>> {
  const isEmpty = (await smallBody(context)).trim() === '';
  return isEmpty ? checkedValue(schema, {}) : readJson(context, schema);
}

/**
 * @param place of the value in the body, if it is a part of it
 * @throws {RequestError} 400 naming each mistake with its place
 */
export function checkedValue<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  place: readonly string[] = [],
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value);
  const faults = faultsOf(schema, value, result.issues);
  if (result.success && faults.length === 0) return result.output;
  throw faultyBody(faults, place);
}

/** A body of a megabyte may have a hundred thousand faults, each at a place as long as half of it: all of them, written out, would fill the memory. */
const mostTold = 20;

const faultyBody = (
  faults: readonly DocumentIssue[],
  place: readonly string[] = [],
): RequestError =>
  invalidRequest(
    faults
      .slice(0, mostTold)
      .map(({ path, message }) => ({ path: [...place, ...path].join('.'), message })),
  );

const NothingSchema = v.strictObject({});

/**
 * For a request that takes no body: none at all, or `{}`.
 *
 * @throws {RequestError} 400 for anything else: its sender meant something by it
 */
export const takesNothing = createMiddleware<HostEnv>(async (context, next) => {
  await readJsonIfAny(context, NothingSchema);
  await next();
});

/** By its media type, in any of the ways in which HTTP lets it be written. */
export const bringsJson = (context: HostContext): boolean =>
  /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(context.req.header('Content-Type') ?? '');

/** Any JSON, unless it is too large, or so deep that later code would run out of stack. */
async function readPlainJson(context: HostContext): Promise<unknown> {
  if (!bringsJson(context)) {
    throw new RequestError(415, 'unsupported_media_type', 'The body must be JSON.', {
      hint: 'Send "Content-Type: application/json".',
    });
  }
  return parsePlainJson(await smallBody(context));
}

/** @throws {RequestError} 400 for what is not JSON, too deep, or has keys that would be lost, or are there twice */
export function parsePlainJson(text: string): unknown {
  if (depthOf(text) > mostLevels) {
    throw invalidRequest([
      { path: '', message: `the body is nested deeper than ${mostLevels} levels` },
    ]);
  }
  const value = parsed(text);
  const lost = lostKeys(value);
  if (lost.length > 0) throw faultyBody(lost);
  const doubled = doubledKeys(text, value);
  if (doubled.length > 0) throw faultyBody(doubled.map((path) => ({ path, message: thereTwice })));
  return value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const place = placeOfMistake(text, error);
    throw invalidRequest([
      {
        path: '',
        message: `the body is not valid JSON${place === undefined ? '' : `, at character ${place}`}`,
      },
    ]);
  }
}

/** Levels of nesting, read without parsing: brackets inside strings do not count. */
function depthOf(json: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let index = 0; index < json.length; index += 1) {
    const code = json.charCodeAt(index);
    if (inString) {
      if (code === 0x5c) index += 1;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x5b || code === 0x7b) {
      depth += 1;
      if (depth > deepest) deepest = depth;
    } else if (code === 0x5d || code === 0x7d) depth -= 1;
  }
  return deepest;
}
