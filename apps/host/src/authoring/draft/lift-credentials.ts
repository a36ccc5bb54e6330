import type { CurlRequest } from '../curl/curl-request.ts';
import { isSecretName, isSecretValue, type DraftNotes } from './draft-notes.ts';
import { placeholderName, plainName, type Slot } from './slot.ts';

/** Replaces every credential by `{{ variables… }}` and records its value in the notes. */
export function liftCredentials(
  slots: readonly Slot[],
  headers: readonly Slot[],
  notes: DraftNotes,
): void {
  for (const slot of headers) liftHeader(slot, notes);
  const hasPassword = slots.some(({ names }) => isSecretName(names[0] ?? ''));
  for (const slot of slots) {
    if (slot.template !== undefined || slot.value === '') continue;
    const [name = ''] = slot.names;
    const isHeader = slot.place.startsWith('headers.');
    const said = placeholderName(slot.value);
    const isSecret =
      (isSecretName(name) && (slot.place !== 'url' || isKeyInPath(slot.value))) ||
      isSecretValue(slot.value) ||
      (said !== undefined && isSecretName(said));
    if (isSecret) {
      const variable = notes.lift(slot.value, isSecretName(name) ? name : 'token', slot.place);
      slot.template = variableOf(variable, slot);
    } else if (
      hasPassword &&
      !isHeader &&
      said === undefined &&
      /^(?:user|usuario|login|username|userlogin)$/.test(plainName(name))
    ) {
      slot.template = variableOf(notes.keep(name, slot.value), slot);
    }
  }
}

/** Whether a segment such as the one after `/token/` is a key, not a word of the address as in `/auth/v1/login`. */
const isKeyInPath = (segment: string): boolean =>
  segment.length >= 8 && /\d/.test(segment) && placeholderName(segment) === undefined;

function variableOf(name: string, { isNumber, value, filter }: Slot): string {
  const isKnown = isNumber && placeholderName(value) === undefined;
  return `{{ variables.${name}${isKnown ? ' | number' : ''}${filter === undefined ? '' : ` | ${filter}`} }}`;
}

function liftHeader(slot: Slot, notes: DraftNotes): void {
  const name = plainName(slot.names[0] ?? '');
  if (name === 'cookie') {
    slot.template = cookies(slot.value, notes);
  } else if (name === 'authorization' || name === 'proxyauthorization') {
    const [, scheme = '', value = ''] = /^(?:(\S+)\s+)?(\S[\s\S]*)$/.exec(slot.value) ?? [];
    if (/^basic$/i.test(scheme) && isBase64Pair(value))
      slot.template = basic(Buffer.from(value, 'base64').toString('utf8'), scheme, notes);
    else
      slot.template = `${scheme === '' ? '' : `${scheme} `}{{ variables.${notes.lift(value, scheme === '' ? 'authorization' : 'token', slot.place)} }}`;
  }
}

/** The user's name is no secret; the password is. */
function basic(pair: string, scheme: string, notes: DraftNotes): string {
  const colon = pair.indexOf(':');
  const login = loginOf(
    pair.slice(0, colon),
    pair.slice(colon + 1),
    'headers.Authorization',
    notes,
  );
  return `${scheme} {{ variables.${login} | base64 }}`;
}

const isBase64Pair = (text: string): boolean => {
  const pair = Buffer.from(text, 'base64').toString('utf8');
  return Buffer.from(pair, 'utf8').toString('base64') === text && pair.includes(':');
};

/** The header for `-u user:password`, or for a user in the address. */
export function credentialsHeader(
  { credentials, headers }: CurlRequest,
  notes: DraftNotes,
): Readonly<Record<string, string>> {
  if (!credentials || headers.has('authorization')) return {};
  const login = loginOf(credentials.user, credentials.password, '-u', notes);
  return { Authorization: `Basic {{ variables.${login} | base64 }}` };
}

function cookies(value: string, notes: DraftNotes): string {
  const written = value.split(/;\s*/).filter((one) => one !== '');
  notes.warn(
    'headers.Cookie: a session cookie expires; if this is one, describe the login of the telephone system under "session"',
  );
  return written
    .map((one) => {
      const equals = one.indexOf('=');
      const name = one.slice(0, equals);
      const content = one.slice(equals + 1);
      const isSecret = isSecretName(name) || isSecretValue(content) || content.length >= 16;
      return isSecret
        ? `${notes.text(name)}={{ variables.${notes.lift(content, name, 'headers.Cookie')} }}`
        : notes.text(one);
    })
    .join('; ');
}

/** `user:password` as one variable, in which only the password is secret; if it is empty, the user is, because many systems expect their key there. */
function loginOf(
  user: string,
  password: string | undefined,
  place: string,
  notes: DraftNotes,
): string {
  const reference = (value: string | undefined, wanted: string) => {
    const variable = notes.lift(value, wanted, place);
    const written = notes.variables[variable] ?? '';
    delete notes.variables[variable];
    return written;
  };
  if (password === '' && user !== '') return notes.keep('login', `${reference(user, 'key')}:`);
  const login = reference(password, 'password');
  if (placeholderName(user) === undefined) return notes.keep('login', `${user}:${login}`);
  notes.warn('variables.login: the user name is not in the command; fill it in');
  return notes.keep('login', `FILL-IN:${login}`);
}
