import type { AdapterContext } from '../context.ts';
import type { Captures } from '../values/mailing.ts';
import type { Scope } from './scope.ts';
import { textOf } from './value.ts';

/** A login that all requests of a connection share. */
export interface Session {
  /** The names of what it captures. */
  readonly names: readonly string[];
  /** Each extension has one of its own. */
  readonly perOperator: boolean;
  /** What the login has given; done once, however many ask at the same time. */
  readonly enter: (scope: Scope, context: AdapterContext) => Promise<Captures>;
  /** Logs in, whatever is known. */
  readonly enterAnew: (scope: Scope, context: AdapterContext) => Promise<Captures>;
  /** The system says that this one has lapsed: the next `enter` logs in again, unless somebody has done so already. */
  readonly lapse: (scope: Scope, stale: Captures) => void;
}

interface Entry {
  readonly captures: Promise<Captures>;
  /** The same, once they are there. */
  found?: Captures;
  readonly until: number;
}

const mostSessions = 1000;

export interface SessionOptions {
  readonly names: readonly string[];
  readonly lifetimeMs: number;
  readonly perOperator: boolean;
  readonly logIn: (scope: Scope, context: AdapterContext) => Promise<Captures>;
}

export function createSession({ names, lifetimeMs, perOperator, logIn }: SessionOptions): Session {
  const entries = new Map<string, Entry>();
  const keyOf = ({ values }: Scope) => (perOperator ? textOf(values['extension']) : '');

  function enterAnew(scope: Scope, context: AdapterContext): Promise<Captures> {
    const key = keyOf(scope);
    if (entries.size >= mostSessions) entries.clear();
    const captures = logIn(scope, context);
    const entry: Entry = { captures, until: context.now().getTime() + lifetimeMs };
    entries.set(key, entry);
    captures.then(
      (found) => {
        entry.found = found;
      },
      () => {
        // A login that failed is tried again by the next request.
        if (entries.get(key) === entry) entries.delete(key);
      },
    );
    return captures;
  }

  return {
    names,
    perOperator,
    enterAnew,
    enter(scope, context) {
      const known = entries.get(keyOf(scope));
      const isGood = known !== undefined && context.now().getTime() < known.until;
      return isGood ? known.captures : enterAnew(scope, context);
    },
    lapse(scope, stale) {
      const key = keyOf(scope);
      if (entries.get(key)?.found === stale) entries.delete(key);
    },
  };
}
