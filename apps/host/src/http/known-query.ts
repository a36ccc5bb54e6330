import type { MiddlewareHandler } from 'hono';
import { invalidRequest } from './request-error.ts';
import type { HostEnv } from './host-env.ts';
import type { ProblemItem } from './problem.ts';

export interface KnownQuery {
  readonly names: readonly string[];
  /** Those that may occur several times. */
  readonly repeated: readonly string[];
}

/**
 * Refuses a query parameter that a request does not take, and one with two values. Its sender meant it to have an effect: if it were ignored, a list would
 * contain more than was asked for, or the wrong queue would be cleared.
 */
export function knownQuery({ names, repeated }: KnownQuery): MiddlewareHandler<HostEnv> {
  const listed = names.map((name) => `"${name}"`).join(', ');
  const unknown = `is not known here; ${listed === '' ? 'this address takes no parameters' : `known: ${listed}`}`;
  const known = new Set(names);
  return async ({ req }, next) => {
    // Most requests have no query.
    if (req.url.includes('?')) refuse(req.queries());
    await next();
  };

  function refuse(query: Readonly<Record<string, readonly string[]>>): void {
    const problems: ProblemItem[] = [];
    for (const [parameter, values] of Object.entries(query)) {
      if (!known.has(parameter)) problems.push({ parameter, message: unknown });
      else if (!repeated.includes(parameter) && new Set(values).size > 1)
        problems.push({
          parameter,
          message: 'is given twice with different values; send it once',
        });
    }
    if (problems.length > 0) throw invalidRequest(problems);
  }
}
