/** A value of an imported request that may become an expression. */
export interface Slot {
  /** Names of the place, the nearest first: the key, then the keys around it. */
  readonly names: readonly string[];
  /** Where it stands in the request, for people: `query.ramal`. */
  readonly place: string;
  readonly value: string;
  /** A JSON number or boolean, which has to stay one. */
  readonly isNumber: boolean;
  /** In one of the contacts of a batch. */
  isInItem?: boolean;
  /** Position in the nearest list around it, from 0. */
  readonly index: number | undefined;
  /** What stands in its place in the document; the value itself where nothing was recognised. */
  template: string | undefined;
  /** Where it stands in a text of XML: what a value passes through there, and how this one is written. */
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

/** `apiKey`, `api_key` and `X-Api-Key` in their words. */
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

/** `{ramal}`, `<ramal>`, `:ramal`, `%RAMAL%`, `{{ramal}}`: a manual's way to say what stands there. */
export function placeholderName(value: string): string | undefined {
  return places
    .exec(value)
    ?.slice(1)
    .find((name) => name !== undefined);
}

/** The command has the name of a value in its place. */
export const isSample = ({ value }: Slot): boolean => placeholderName(value) !== undefined;

/** A text as it has to be written in a document: braces that are meant as text, and what would name a secret. */
export function literal(text: string): string {
  return text.replace(/\{\{|\$\{secret:/g, (written) =>
    written === '{{' ? '{{ "{{" }}' : '{{ "$" }}{secret:',
  );
}
