import type { AdapterContext } from './context.ts';
import { beforeSending } from './errors/unknown-delivery.ts';
import { TelephonyError } from './errors/telephony-error.ts';
import type { Captures } from './values/mailing.ts';

/** The values that a login returns, by name: a token, for instance. */
type SessionOf<Session> = Readonly<Record<keyof Session, string>>;

/** The result of a login. */
export interface LoggedIn<Session extends SessionOf<Session> = Captures> {
  /** Every value is treated as a secret from here on. */
  readonly session: Session;
  /** How long the session can be used, in milliseconds from the beginning of the login. */
  readonly lifetimeMs: number;
}

/** A login that all requests of a connection share. Keep it inside `create`: a login at module level would be shared by all companies. */
export interface SharedLogin<Session extends SessionOf<Session> = Captures> {
  /**
   * Runs one request with the session; logs in first if there is no session, or if it has expired. If the request fails with `auth_failed`, the vendor has done
   * nothing: the request is run once more, and only once, after a new login. In a feature of several requests, give each a `run` of its own: otherwise a call
   * that one request has placed would be placed again when the next one fails. The values of the session are concealed in this piece of work.
   */
  readonly run: <Result>(
    context: AdapterContext,
    request: (session: Session) => Promise<Result>,
  ) => Promise<Result>;
  /** Logs in even if there is a session already: for `checkCredentials`. */
  readonly enterAnew: (context: AdapterContext) => Promise<Session>;
}

/**
 * Logs in once, however many requests need the session at the same time. If a login is aborted together with the work that began it (its listener has left, for
 * instance), the next request that waits for it logs in again. A failed login has sent nothing that dials, transfers or loads, so the `delivery` of its error
 * is never `unknown`.
 *
 * @param logIn sends the login with the `fetch` of the context and `withholdAnswer`
 * @param standIn replaces the session in a preview, where no login is answered, so that the requests that need the session are shown too
 * @example
 * const login = sharedLogin(async (context) => {
 *   const { token, expiresIn } = await askForToken(settings, context);
 *   return { session: { token }, lifetimeMs: (expiresIn - 30) * 1000 };
 * }, { token: 'token' });
 * const place = (input, context) => login.run(context, ({ token }) => postCall(input, token, context));
 */
export function sharedLogin<Session extends SessionOf<Session>>(
  logIn: LogIn<Session>,
  standIn?: Session,
): SharedLogin<Session> {
  const slot = new LoginSlot<Session>(standIn);
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

/** After this time, requests no longer join a login that is still under way, but begin another. */
const longestLoginMs = 120_000;

interface Entry<Session extends SessionOf<Session>> {
  readonly pending: Promise<LoggedIn<Session>>;
  readonly beganAt: number;
  /** The signal of the work that began the login. */
  readonly signal: AbortSignal;
  /** The result of the login, once it has succeeded. */
  found?: LoggedIn<Session>;
}

type LogIn<Session extends SessionOf<Session>> = (
  context: AdapterContext,
) => Promise<LoggedIn<Session>>;

/** Keeps the session of one login. */
export class LoginSlot<Session extends SessionOf<Session> = Captures> {
  readonly #standIn: Session | undefined;
  #entry: Entry<Session> | undefined;

  constructor(standIn?: Session) {
    this.#standIn = standIn;
  }

  /** The session. Logs in if there is none, and only once, however many ask at the same time. */
  async enter(context: AdapterContext, logIn: LogIn<Session>): Promise<Session> {
    const known = this.#known(context);
    if (!known) return this.enterAnew(context, logIn);
    try {
      return concealed(await known.pending, context);
    } catch (error) {
      // The work that began the login was aborted, and the login with it; this work still needs a session.
      if (known.signal.aborted && !context.signal.aborted) return this.enter(context, logIn);
      throw error;
    }
  }

  /** Logs in even if there is a session already. */
  async enterAnew(context: AdapterContext, logIn: LogIn<Session>): Promise<Session> {
    const beganAt = context.now().getTime();
    // A preview shares nothing: its stand-in is not a session that others could use, and its missing answer is not a failure of theirs.
    if (context.isPreview) return this.#previewed(logIn(context), context);
    const pending = logIn(context).catch((error: unknown) => {
      throw beforeSending(error);
    });
    const entry: Entry<Session> = { pending, beganAt, signal: context.signal };
    this.#entry = entry;
    try {
      entry.found = await pending;
      return concealed(entry.found, context);
    } catch (error) {
      // The next request tries a failed login again.
      if (this.#entry === entry) this.#entry = undefined;
      throw error;
    }
  }

  async #previewed(pending: Promise<LoggedIn<Session>>, context: AdapterContext) {
    try {
      return concealed(await pending, context);
    } catch (error) {
      // A TelephonyError says why the login could not be sent at all; the preview has to show that.
      if (!this.#standIn || TelephonyError.isInstance(error)) throw error;
      return this.#standIn;
    }
  }

  /** The vendor says that this session has expired: the next `enter` logs in again, unless somebody has done so already. */
  lapse(stale: Session): void {
    if (this.#entry?.found?.session === stale) this.#entry = undefined;
  }

  #known(context: AdapterContext): Entry<Session> | undefined {
    const entry = this.#entry;
    if (!entry) return undefined;
    const { found, beganAt, signal } = entry;
    // A login that ignores the end of its work may never end, and everybody who comes later would wait for it.
    if (!found && signal.aborted) return undefined;
    const until = beganAt + (found?.lifetimeMs ?? longestLoginMs);
    return context.now().getTime() < until ? entry : undefined;
  }
}

/** A token is as secret as a password, but it is not declared as a secret anywhere. */
function concealed<Session extends SessionOf<Session>>(
  { session }: LoggedIn<Session>,
  context: AdapterContext,
): Session {
  for (const value of Object.values<string>(session)) context.conceal?.(value);
  return session;
}
