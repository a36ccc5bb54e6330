/** A value of an imported request that may become an expression. */
export interface Slot {
  /** Names of the place, the innermost first: its key, then the keys around it. */
  readonly names: readonly string[];
  /** Where the value is in the request, for messages: `query.ramal`. */
  readonly place: string;
  readonly value: string;
  /** The value is a JSON number, or a placeholder without quotes, and must be written without quotes again. */
  readonly isNumber: boolean;
  /** The value belongs to a contact of a batch. */
  isInItem?: boolean;
  /** Position in the nearest list around it, from 0. */
  readonly index: number | undefined;
  /** What the document has instead of the value; `undefined` while nothing was recognised, and the value itself is written. */
  template: string | undefined;
  /** In an XML text: the filter that escapes a value there, and this value in its escaped form. */
  readonly filter?: string;
  readonly raw?: string;
}

/** Letters only, without accents: `Número_Destino` and `numeroDestino` are one name. */
export function plainName(name: string): string {
  return name
    .normalize('NFD')
    .replace(/[^A-Za-z]/g, '')
    .toLowerCase();
}

/** Splits `apiKey`, `api_key` and `X-Api-Key` into words. */
export function wordsOf(name: string): readonly string[] {
  return name
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== '');
}

/** A `{{NAME}}` that another tool, or a variable of a shell, has left in a text. */
export const placeholder = /\{\{\s*([A-Za-z_][\w.-]*)\s*\}\}/g;

const placeName = String.raw`([A-Za-z_][\w.-]*)`;
const places = new RegExp(
  `^(?:\\{\\{\\s*${placeName}\\s*\\}\\}|\\{\\s*${placeName}\\s*\\}|<${placeName}>|%${placeName}%|:${placeName})$`,
);

/** The name in a manual's placeholder: `{ramal}`, `<ramal>`, `:ramal`, `%RAMAL%`, `{{ramal}}`. */
export function placeholderName(value: string): string | undefined {
  return places
    .exec(value)
    ?.slice(1)
    .find((name) => name !== undefined);
}

/** Whether the command has a placeholder instead of a value. */
export const isSample = ({ value }: Slot): boolean => placeholderName(value) !== undefined;

/** Escapes a literal text for a document, where `{{` would begin an expression and `${secret:` would name a secret. */
export function literal(text: string): string {
  return text.replace(/\{\{|\$\{secret:/g, (written) =>
    written === '{{' ? '{{ "{{" }}' : '{{ "$" }}{secret:',
  );
}
