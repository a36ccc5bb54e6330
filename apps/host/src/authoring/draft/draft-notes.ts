import { literal, placeholder, wordsOf } from './slot.ts';

/** A credential that was lifted out of the command. */
export interface LiftedSecret {
  readonly name: string;
  /** Absent where the command has a variable of the shell in its place, or asks for it. */
  readonly value: string | undefined;
  readonly place: string;
}

/** A value of the command that became an expression. */
export interface Recognised {
  readonly place: string;
  readonly value: string;
  readonly template: string;
}

/** What is collected while a draft is made: the connection's own variables, its secrets, and what has to be told. */
export class DraftNotes {
  readonly variables: Record<string, string> = {};
  readonly secrets: LiftedSecret[] = [];
  readonly recognised: Recognised[] = [];
  readonly warnings: string[] = [];
  readonly #connection: string;

  constructor(connection: string) {
    this.#connection = connection;
  }

  warn(text: string): void {
    if (!this.warnings.includes(text)) this.warnings.push(text);
  }

  /** Takes a credential out; gives the name of the variable that stands for it. The same value is the same credential. */
  lift(value: string | undefined, wanted: string, place: string): string {
    const whole = value === undefined ? undefined : /^\{\{\s*([\w.-]+)\s*\}\}$/.exec(value)?.[1];
    const known = this.secrets.find((secret) => value !== undefined && secret.value === value);
    const name = known?.name ?? this.#freeName(camel(whole ?? wanted));
    if (!known) this.secrets.push({ name, value: whole === undefined ? value : undefined, place });
    const variable = this.#variableOf(name);
    this.variables[variable] = `\${secret:${name}}`;
    return variable;
  }

  /** A value of the connection that is no secret. */
  keep(name: string, value: string): string {
    const variable = camel(name);
    this.variables[variable] ??= value;
    return variable;
  }

  /** A literal text, in which `{{NAME}}` of other tools are variables of the connection. */
  text(text: string): string {
    let result = '';
    let from = 0;
    for (const found of text.matchAll(placeholder)) {
      result += `${literal(text.slice(from, found.index))}{{ variables.${this.unknown(found[1] ?? '')} }}`;
      from = found.index + found[0].length;
    }
    return result + literal(text.slice(from));
  }

  /** A variable of the shell or of another tool, whose value is not in the command. */
  unknown(name: string): string {
    if (isSecretName(name)) return this.lift(`{{${name}}}`, name, `variable ${name}`);
    const variable = this.keep(name, 'FILL-IN');
    this.warn(`variables.${variable}: the command does not say its value; fill it in`);
    return variable;
  }

  #freeName(name: string): string {
    const prefix = camel(this.#connection);
    const full = `${prefix}${name.charAt(0).toUpperCase()}${name.slice(1)}`.slice(0, 60);
    const taken = new Set(this.secrets.map((secret) => secret.name));
    if (!taken.has(full)) return full;
    for (let index = 2; ; index += 1) if (!taken.has(`${full}${index}`)) return `${full}${index}`;
  }

  #variableOf(secret: string): string {
    const short = secret.slice(camel(this.#connection).length);
    return `${short.charAt(0).toLowerCase()}${short.slice(1)}`;
  }
}

function camel(name: string): string {
  const words = wordsOf(name).filter((word, index) => word !== 'x' || index > 0);
  const joined = words
    .map((word, index) => (index === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1)))
    .join('');
  return joined === '' ? 'value' : joined;
}

const secretWords = new Set([
  'token',
  'accesstoken',
  'secret',
  'segredo',
  'senha',
  'password',
  'passwd',
  'passphrase',
  'pwd',
  'pass',
  'apikey',
  'apitoken',
  'authtoken',
  'chave',
  'auth',
  'credential',
  'credentials',
  'signature',
  'assinatura',
  'jwt',
  'bearer',
  'sid',
  'session',
  'sessid',
  'sessionid',
  'phpsessid',
  'jsessionid',
  'csrf',
  'xsrf',
  'authorization',
]);

export function isSecretName(name: string): boolean {
  const words = wordsOf(name);
  if (words.some((word) => secretWords.has(word))) return true;
  return (
    words.at(-1) === 'key' &&
    (words.length === 1 ||
      words.some((word) => ['api', 'access', 'app', 'auth', 'private', 'secret'].includes(word)))
  );
}

/** A value that is a credential by its form, whatever its name: a JSON web token, a long run of hexadecimal. */
export function isSecretValue(value: string): boolean {
  return /^eyJ[\w-]+\.[\w-]+\.[\w-]*$/.test(value) || /^[0-9a-f]{32,}$/i.test(value);
}
