import { fieldKind } from '../../exchanges/field-names.ts';
import { literal, placeholder, placeholderName, wordsOf } from './slot.ts';

/** A credential that was lifted out of the command. */
export interface LiftedSecret {
  readonly name: string;
  /** Absent if the command has a shell variable there, or if curl would ask for it. */
  readonly value: string | undefined;
  readonly place: string;
}

/** A value of the command that became an expression. */
export interface Recognised {
  readonly place: string;
  readonly value: string;
  readonly template: string;
}

/** What a connection already has from earlier commands. */
export interface EarlierDraft {
  readonly baseUrl?: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly secrets: readonly Pick<LiftedSecret, 'name' | 'value'>[];
}

/** Collected while a draft is made: the connection's variables, its secrets, the recognised values and the warnings for the author. */
export class DraftNotes {
  readonly variables: Record<string, string> = {};
  readonly secrets: LiftedSecret[] = [];
  readonly recognised: Recognised[] = [];
  readonly warnings: string[] = [];
  readonly #connection: string;
  readonly #earlier: EarlierDraft;

  /** @param earlier what the connection already has: a known credential keeps its name, and a new one gets a name that is still free */
  constructor(connection: string, earlier: EarlierDraft = { variables: {}, secrets: [] }) {
    this.#connection = connection;
    this.#earlier = earlier;
  }

  /** The secrets that only this command has. */
  get newSecrets(): readonly LiftedSecret[] {
    return this.secrets.filter(
      ({ name }) => !this.#earlier.secrets.some((one) => one.name === name),
    );
  }

  warn(text: string): void {
    if (!this.warnings.includes(text)) this.warnings.push(text);
  }

  /** Extracts a credential and returns the name of the variable that replaces it. Equal values share one variable. */
  lift(value: string | undefined, wanted: string, place: string): string {
    const said = value === undefined ? undefined : saidOfSecret(value);
    const isThere = value !== undefined && said === undefined && value.match(placeholder) === null;
    const known = [...this.secrets, ...this.#earlier.secrets].find((secret) =>
      isThere ? secret.value === value : said !== undefined && secret.name === this.#fullName(said),
    );
    const name = known?.name ?? this.#freeName(said ?? wanted);
    if (!this.secrets.some((secret) => secret.name === name))
      this.secrets.push({ name, value: isThere ? value : known?.value, place });
    return this.keep(this.#shortName(name), `\${secret:${name}}`);
  }

  /** Makes a value that is not secret a variable of the connection, and returns the variable's name. */
  keep(wanted: string, value: string): string {
    const variables = { ...this.#earlier.variables, ...this.variables };
    for (let index = 1; ; index += 1) {
      const name = index === 1 ? camel(wanted) : `${camel(wanted)}${index}`;
      if (Object.hasOwn(variables, name) && variables[name] !== value) continue;
      this.variables[name] = value;
      return name;
    }
  }

  /** Escapes a literal text for the document; each `{{NAME}}` of another tool in it becomes a variable of the connection. */
  text(text: string): string {
    let result = '';
    let from = 0;
    for (const found of text.matchAll(placeholder)) {
      result += `${literal(text.slice(from, found.index))}{{ variables.${this.unknown(found[1] ?? '')} }}`;
      from = found.index + found[0].length;
    }
    return result + literal(text.slice(from));
  }

  /** Makes a variable for a placeholder of the shell or of another tool, whose value is not in the command. */
  unknown(name: string, standIn = 'FILL-IN'): string {
    if (isSecretName(name)) return this.lift(`{{${name}}}`, name, `variable ${name}`);
    const known = this.variables[camel(name)] ?? this.#earlier.variables[camel(name)];
    const variable = this.keep(name, typeof known === 'string' ? known : standIn);
    if (known === undefined)
      this.warn(`variables.${variable}: its value is not in the command; fill it in`);
    return variable;
  }

  #freeName(wanted: string): string {
    const full = this.#fullName(wanted);
    const taken = new Set([...this.secrets, ...this.#earlier.secrets].map(({ name }) => name));
    if (!taken.has(full)) return full;
    for (let index = 2; ; index += 1) if (!taken.has(`${full}${index}`)) return `${full}${index}`;
  }

  /** A secret's name begins with that of the connection, because all connections of a company share its secrets. */
  #fullName(wanted: string): string {
    const name = camel(wanted);
    const prefix = camel(this.#connection);
    return `${prefix}${name.charAt(0).toUpperCase()}${name.slice(1)}`.slice(0, 60);
  }

  #shortName(secret: string): string {
    const short = secret.slice(camel(this.#connection).length);
    return `${short.charAt(0).toLowerCase()}${short.slice(1)}`;
  }
}

/** Manuals write `:senha` in paths, but a real password may begin with a colon too, and must not become the name of its secret. */
const saidOfSecret = (value: string): string | undefined =>
  value.startsWith(':') ? undefined : placeholderName(value);

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
  'clave',
  'contrasena',
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

/** Looks at the words of a name, and at the name as a whole: `clientsecret`, `userpass`. */
export function isSecretName(name: string): boolean {
  const words = wordsOf(name);
  if (words.some((word) => secretWords.has(word)) || fieldKind(name) === 'secret') return true;
  return (
    words.at(-1) === 'key' &&
    (words.length === 1 ||
      words.some((word) => ['api', 'access', 'app', 'auth', 'private', 'secret'].includes(word)))
  );
}

/** Whether a value looks like a credential, whatever its name: a JSON Web Token, or 32 hexadecimal digits and more. */
export function isSecretValue(value: string): boolean {
  return /^eyJ[\w-]+\.[\w-]+\.[\w-]*$/.test(value) || /^[0-9a-f]{32,}$/i.test(value);
}
