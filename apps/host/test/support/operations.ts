import * as v from 'valibot';
import { jsonOf } from './json.ts';
import type { TestHost } from './test-host.ts';

const ParametersShape = v.array(v.looseObject({ name: v.string(), in: v.string() }));
const DocumentShape = v.object({
  paths: v.record(
    v.string(),
    v.record(
      v.string(),
      v.object({
        description: v.optional(v.string(), ''),
        parameters: v.optional(ParametersShape, []),
        requestBody: v.optional(v.unknown()),
        responses: v.record(
          v.string(),
          v.object({ content: v.optional(v.record(v.string(), v.unknown()), {}) }),
        ),
        security: v.optional(v.array(v.unknown())),
      }),
    ),
  ),
});

/** An operation of the OpenAPI document. */
export interface Operation {
  /** `GET /v1/tenants` and so on. */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly description: string;
  readonly pathParameters: readonly string[];
  readonly queryParameters: readonly string[];
  readonly hasBody: boolean;
  /** Those of its answer with status 200. */
  readonly mediaTypes: readonly string[];
  /** Without a key. */
  readonly isOpen: boolean;
}

export async function operationsOf(host: TestHost): Promise<readonly Operation[]> {
  const { paths } = await jsonOf(await host.ask('/openapi.json'), DocumentShape);
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]): Operation => {
      const named = (place: string) =>
        described.parameters.filter((each) => each.in === place).map(({ name }) => name);
      return {
        name: `${method.toUpperCase()} ${path}`,
        method: method.toUpperCase(),
        path,
        description: described.description,
        pathParameters: named('path'),
        queryParameters: named('query'),
        hasBody: described.requestBody !== undefined,
        mediaTypes: Object.keys(described.responses['200']?.content ?? {}),
        isOpen: described.security?.length === 0,
      };
    }),
  );
}
