import type { AdapterContext } from './context.ts';
import { beforeSending } from './errors/unknown-delivery.ts';
import { TelephonyError } from './errors/telephony-error.ts';
import type { Captures } from './values/mailing.ts';

/** What a login has given. */
export interface LoggedIn {
  /** By name; every value is a secret from here on. */
  readonly session: Captures;
  /** How long it can be used, from when the login began. */
  readonly lifetimeMs: number;
}

/** A login that all works of a connection share. Its place is inside `create`: one of the module would be shared by all companies. */
export interface SharedLogin {
  /**
   * Runs one request with the session: logs in first where nobody has, or where it has lapsed. Where the request ends in `auth_failed`, the system has done nothing, so
   * after one new login it is run once more, and only once. A feature of several requests has a `run` for each: a call that one of them has placed would be placed
   * again with the next. The values of the session are concealed in this piece of work.
   */
  readonly run: <Result>(
    context: AdapterContext,
    request: (session: Captures) => Promise<Result>,
  ) => Promise<Result>;
  /** Logs in, whatever is known: for `checkCredentials`. */
  readonly enterAnew: (context: AdapterContext) => Promise<Captures>;
}

/**
 * Logs in once, however many works ask for it at the same time. A login that ends with the work that began it (its listener has left, its preview is over) is begun
 * anew by the next that waits. One that fails has sent nothing that dials, transfers or loads: its error never says `unknown`.
 *
 * @param logIn sends the login by the `fetch` of the context, with `withholdAnswer`
 * @example
 * const login = sharedLogin(async (context) => {
 *   const { token, expiresIn } = await askForToken(settings, context);
 *   return { session: { token }, lifetimeMs: (expiresIn - 30) * 1000 };
 * });
 * const place = (input, context) => login.run(context, ({ token }) => postCall(input, token, context));
 */
export function sharedLogin(logIn: (context: AdapterContext) => Promise<LoggedIn>): SharedLogin {
  const slot = new LoginSlot();
  return {
    enterAnew: (context) => slot.enterAnew(context, logIn),
    async run(context, request) {
      const session = await slot.enter(context, logIn);
      try {
        return await request(session);
      } catch (error) {
        if (!TelephonyError.isInstance(error) || error.code !== 'auth_failed') throw error;
        slot.lapse(session);
        return request(await slot.enter(context, logIn));
      }
    },
  };
}

/** A login that has not ended by then is left to those who wait for it. */
const longestLoginMs = 120_000;

interface Entry {
  readonly pending: Promise<LoggedIn>;
  readonly beganAt: number;
  /** Of the work that began it. */
  readonly signal: AbortSignal;
  /** What it has given, once it is there. */
  found?: LoggedIn;
}

type LogIn = (context: AdapterContext) => Promise<LoggedIn>;

/** Keeps the session of one login. */
export class LoginSlot {
  #entry: Entry | undefined;

  /** What the login has given; done once, however many ask at the same time. */
  async enter(context: AdapterContext, logIn: LogIn): Promise<Captures> {
    const known = this.#known(context);
    if (!known) return this.enterAnew(context, logIn);
    try {
      return concealed(await known.pending, context);
    } catch (error) {
      // It was somebody else's: that one has left, and this one has not.
      if (known.signal.aborted && !context.signal.aborted) return this.enter(context, logIn);
      throw error;
    }
  }

  /** Logs in, whatever is known. */
  async enterAnew(context: AdapterContext, logIn: LogIn): Promise<Captures> {
    const beganAt = context.now().getTime();
    const pending = logIn(context).catch((error: unknown) => {
      throw beforeSending(error);
    });
    // What a preview has stood in for an answer is no session, and what it has not is no failure of others.
    if (context.isPreview) return concealed(await pending, context);
    const entry: Entry = { pending, beganAt, signal: context.signal };
    this.#entry = entry;
    try {
      entry.found = await pending;
      return concealed(entry.found, context);
    } catch (error) {
      // A login that failed is tried again by the next request.
      if (this.#entry === entry) this.#entry = undefined;
      throw error;
    }
  }

  /** The system says that this one has lapsed: the next `enter` logs in again, unless somebody has done so already. */
  lapse(stale: Captures): void {
    if (this.#entry?.found?.session === stale) this.#entry = undefined;
  }

  #known(context: AdapterContext): Entry | undefined {
    const entry = this.#entry;
    if (!entry) return undefined;
    const { found, beganAt, signal } = entry;
    // One that does not end, not even with its work, would be waited for by everybody who comes later.
    if (!found && signal.aborted) return undefined;
    const until = beganAt + (found?.lifetimeMs ?? longestLoginMs);
    return context.now().getTime() < until ? entry : undefined;
  }
}

/** A token is as secret as a password, and nobody has named it as one. */
function concealed({ session }: LoggedIn, context: AdapterContext): Captures {
  for (const value of Object.values(session)) context.conceal?.(value);
  return session;
}
