/** How the server is reached and what on it serves the company: written by setup and checked by the doctor. */
export interface ServerAccess {
  /** Address of Asterisk's HTTP server without a path, for example `https://pbx.example:8089`. */
  readonly baseUrl: string;
  readonly ari: { readonly user: string; readonly password: string };
  readonly ami: { readonly user: string; readonly password: string };
  /** Channel technology of the operators' phones, for example `PJSIP`. */
  readonly technology: string;
  /** What rings an operator, if it is not the phone itself. */
  readonly operatorChannel?: string;
  /** Queues that the dialer serves; empty: those that the server has. */
  readonly queues: readonly string[];
  /** Contexts that the features start in, each with an extension that must exist there. */
  readonly contexts: readonly { readonly context: string; readonly extension: string }[];
}
