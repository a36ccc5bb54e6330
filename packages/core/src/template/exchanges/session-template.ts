import type { AdapterContext } from '../../context.ts';
import { LoginSlot } from '../../shared-login.ts';
import type { Captures } from '../../values/mailing.ts';
import type { Scope } from '../language/scope.ts';
import { textOf } from '../language/value.ts';

/** A login shared by all requests of a connection. */
export interface Session {
  /** The names of what it captures. */
  readonly names: readonly string[];
  /** Each extension has its own session. */
  readonly perOperator: boolean;
  /** The result of the login; performed once, however many ask at the same time. */
  readonly enter: (scope: Scope, context: AdapterContext) => Promise<Captures>;
  /** Logs in unconditionally. */
  readonly enterAnew: (scope: Scope, context: AdapterContext) => Promise<Captures>;
  /** The system says that this session has expired: the next `enter` logs in again, unless somebody has done so already. */
  readonly lapse: (scope: Scope, stale: Captures) => void;
}

const mostSessions = 1000;

export interface SessionOptions {
  readonly names: readonly string[];
  readonly lifetimeMs: number;
  readonly perOperator: boolean;
  readonly logIn: (scope: Scope, context: AdapterContext) => Promise<Captures>;
}

export function createSession({ names, lifetimeMs, perOperator, logIn }: SessionOptions): Session {
  const slots = new Map<string, LoginSlot>();

  function slotOf({ values }: Scope): LoginSlot {
    const key = perOperator ? textOf(values['extension']) : '';
    const known = slots.get(key);
    if (known) return known;
    if (slots.size >= mostSessions) slots.clear();
    const slot = new LoginSlot();
    slots.set(key, slot);
    return slot;
  }

  const loginOf = (scope: Scope) => async (context: AdapterContext) => ({
    session: await logIn(scope, context),
    lifetimeMs,
  });

  return {
    names,
    perOperator,
    enterAnew: (scope, context) => slotOf(scope).enterAnew(context, loginOf(scope)),
    enter: (scope, context) => slotOf(scope).enter(context, loginOf(scope)),
    lapse: (scope, stale) => slotOf(scope).lapse(stale),
  };
}
