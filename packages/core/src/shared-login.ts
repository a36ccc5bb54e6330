import type { AdapterContext } from './context.ts';
import { beforeSending } from './errors/unknown-delivery.ts';
import { TelephonyError } from './errors/telephony-error.ts';
import type { Captures } from './values/mailing.ts';

/** What a login gives, by name: a token, for instance. */
type SessionOf<Session> = Readonly<Record<keyof Session, string>>;

/** What a login has given. */
export interface LoggedIn<Session extends SessionOf<Session> = Captures> {
  /** Every value is a secret from here on. */
  readonly session: Session;
  /** How long it can be used, from when the login began. */
  readonly lifetimeMs: number;
}

/** A login that all works of a connection share. Its place is inside `create`: one of the module would be shared by all companies. */
export interface SharedLogin<Session extends SessionOf<Session> = Captures> {
  /**
   * Runs one request with the session: logs in first where nobody has, or where it has lapsed. Where the request ends in `auth_failed`, the system has done nothing, so
   * after one new login it is run once more, and only once. A feature of several requests has a `run` for each: a call that one of them has placed would be placed
   * again with the next. The values of the session are concealed in this piece of work.
   */
  readonly run: <Result>(
    context: AdapterContext,
    request: (session: Session) => Promise<Result>,
  ) => Promise<Result>;
  /** Logs in, whatever is known: for `checkCredentials`. */
  readonly enterAnew: (context: AdapterContext) => Promise<Session>;
}

/**
 * Logs in once, however many works ask for it at the same time. A login that ends with the work that began it (its listener has left, its preview is over) is begun
 * anew by the next that waits. One that fails has sent nothing that dials, transfers or loads: its error never says `unknown`.
 *
 * @param logIn sends the login by the `fetch` of the context, with `withholdAnswer`
 * @param standIn stands for the session in a preview, where no login is answered: so the requests that need the session are shown too
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

/** A login that has not ended by then is left to those who wait for it. */
const longestLoginMs = 120_000;

interface Entry<Session extends SessionOf<Session>> {
  readonly pending: Promise<LoggedIn<Session>>;
  readonly beganAt: number;
  /** Of the work that began it. */
  readonly signal: AbortSignal;
  /** What it has given, once it is there. */
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

  /** What the login has given; done once, however many ask at the same time. */
  async enter(context: AdapterContext, logIn: LogIn<Session>): Promise<Session> {
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
  async enterAnew(context: AdapterContext, logIn: LogIn<Session>): Promise<Session> {
    const beganAt = context.now().getTime();
    // What a preview makes up is no session for others, and that it got no answer is no failure of theirs.
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
      // A login that failed is tried again by the next request.
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

  /** The system says that this one has lapsed: the next `enter` logs in again, unless somebody has done so already. */
  lapse(stale: Session): void {
    if (this.#entry?.found?.session === stale) this.#entry = undefined;
  }

  #known(context: AdapterContext): Entry<Session> | undefined {
    const entry = this.#entry;
    if (!entry) return undefined;
    const { found, beganAt, signal } = entry;
    // One that does not end, not even with its work, would be waited for by everybody who comes later.
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
