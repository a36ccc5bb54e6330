import { createHmac } from 'node:crypto';
import { readMultipart, textOf } from '../multipart.ts';
import { jsonReply } from '../replies.ts';
import type { Reply, Route, SimulatorRequest } from '../simulator.ts';

const lifeSeconds = 3600;

export interface TokenOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly now: () => number;
  readonly wrongSecretStatus: number;
  /** Until 20.0.9 `expires_in` was in minutes. */
  readonly expiresInMinutes: boolean;
}

/** The tokens of one API client. Only one is live: a new token invalidates the previous one. */
export class ThreeCxTokens {
  readonly #options: TokenOptions;
  #live: { readonly token: string; readonly expiresAt: number } | undefined;
  #issued = 0;

  constructor(options: TokenOptions) {
    this.#options = options;
  }

  issue(): string {
    const { clientId, now } = this.#options;
    const issuedAt = Math.floor(now() / 1000);
    this.#issued += 1;
    const token = jsonWebToken({
      sub: clientId,
      client_id: clientId,
      jti: String(this.#issued),
      iat: issuedAt,
      exp: issuedAt + lifeSeconds,
    });
    this.#live = { token, expiresAt: (issuedAt + lifeSeconds) * 1000 };
    return token;
  }

  /** The refusal of a request; `undefined` if it carries the live token. */
  refuse({ headers }: SimulatorRequest): Reply | undefined {
    const token = /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1];
    const isLive =
      token !== undefined &&
      token === this.#live?.token &&
      this.#options.now() < this.#live.expiresAt;
    return isLive
      ? undefined
      : { status: 401, headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' } };
  }

  /** The form may be url-encoded, as documented, or multipart, as the official example sends it. */
  readonly route: Route = {
    name: 'token',
    method: 'POST',
    pattern: /^\/connect\/token$/,
    handle: (request) => {
      const { clientId, clientSecret, wrongSecretStatus, expiresInMinutes } = this.#options;
      const field = (name: string) => {
        const part = readMultipart(request).find((each) => each.name === name);
        return part ? textOf(part) : request.parameters.get(name);
      };
      if (field('grant_type') !== 'client_credentials')
        return refusal(400, 'unsupported_grant_type');
      if (field('client_id') !== clientId || field('client_secret') !== clientSecret)
        return refusal(wrongSecretStatus, 'invalid_client');
      return jsonReply(200, {
        token_type: 'Bearer',
        expires_in: expiresInMinutes ? lifeSeconds / 60 : lifeSeconds,
        access_token: this.issue(),
        refresh_token: null,
      });
    },
  };
}

function refusal(status: number, error: string): Reply {
  return jsonReply(status, { error, error_description: 'The client credentials are invalid.' });
}

function jsonWebToken(claims: Readonly<Record<string, number | string>>): string {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
  const signature = createHmac('sha256', 'pbx-k3y').update(signed).digest('base64url');
  return `${signed}.${signature}`;
}
