import { htmlReply } from '../replies.ts';
import type { Reply, SimulatorRequest } from '../simulator.ts';
import type { VicidialUser } from './state.ts';

const lockedAfter = 10;

/** Checks who may log in. As with the real scripts, a failed login echoes what was sent; one by parameters answers 200. */
export class VicidialLogin {
  readonly #users: ReadonlyMap<string, VicidialUser>;
  readonly #failures = new Map<string, number>();

  constructor(users: readonly VicidialUser[]) {
    this.#users = new Map(users.map((user) => [user.user, user]));
  }

  /** A login by the parameters `user` and `pass`. */
  byParameters({ parameters }: SimulatorRequest, kind: 'agent' | 'admin'): VicidialUser | Reply {
    const name = parameters.get('user') ?? '';
    const pass = parameters.get('pass') ?? '';
    if (this.#isLocked(name))
      return htmlReply(`ERROR: Too many login attempts, try again in 15 minutes: |${name}|LOCK|\n`);
    const user = this.#users.get(name);
    if (user?.pass === pass) return user;
    this.#fail(name);
    return htmlReply(
      kind === 'admin'
        ? `ERROR: Login incorrect, please try again: |${name}|${pass}|BAD|\n`
        : `ERROR: Invalid Username/Password: |${name}|${pass}|auth|api|BAD|\n`,
    );
  }

  /** A login by HTTP Basic, as on the pages of the admin site: a failed one answers 401, a lock-out 200. */
  byBasic({ headers }: SimulatorRequest): VicidialUser | Reply {
    const [, encoded = ''] = /^Basic (.+)$/.exec(headers.authorization ?? '') ?? [];
    const [name = '', pass = ''] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
    if (this.#isLocked(name))
      return htmlReply(`Too many login attempts, try again in 15 minutes: |${name}|LOCK|\n`);
    const user = this.#users.get(name);
    if (user?.pass === pass) return user;
    if (name !== '') this.#fail(name);
    return {
      status: 401,
      headers: {
        'Content-Type': 'text/html; charset=utf-8',
        'WWW-Authenticate': 'Basic realm="CONTACT-CENTER-ADMIN"',
      },
      body: `Login incorrect, please try again: |${name}|${pass}|BAD|\n`,
    };
  }

  #fail(name: string): void {
    this.#failures.set(name, (this.#failures.get(name) ?? 0) + 1);
  }

  #isLocked(name: string): boolean {
    return (this.#failures.get(name) ?? 0) >= lockedAfter;
  }
}

export function isUser(login: VicidialUser | Reply): login is VicidialUser {
  return 'user' in login;
}
