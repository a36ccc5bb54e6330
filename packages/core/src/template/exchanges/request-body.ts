import { encodeText } from './charset.ts';
import type { DocumentPlace } from '../language/document-place.ts';
import { suggestion } from '../../nearest-name.ts';
import { percentEncode } from './percent-encode.ts';
import { noScope, type Scope } from '../language/scope.ts';
import type { BodySettings, Charset, TextBody } from './exchange-settings.ts';
import type { TextTemplate } from '../language/text-template.ts';
import { isEmpty, textOf } from '../language/value.ts';

export interface RenderedBody {
  readonly content: string | Uint8Array<ArrayBuffer> | FormData;
  /** Absent if `content` brings its own (multipart), or the document sets it. */
  readonly contentType?: string;
}

export type BodyRenderer = (scope: Scope) => RenderedBody;

export function compileBody(
  body: BodySettings,
  charset: Charset,
  place: DocumentPlace,
): BodyRenderer {
  if (body.form !== undefined) {
    const form = compilePairs(body.form, place.at('form'), charset);
    return (scope) => ({ content: form(scope), contentType: 'application/x-www-form-urlencoded' });
  }
  if (body.text !== undefined) {
    const content = compileTextBody(body.text, place.at('text'));
    return (scope) => ({ content: content(scope) });
  }
  if (body.multipart !== undefined)
    return compileMultipart(body.multipart, charset, place.at('multipart'));
  const value = compileJson(body.json, place.at('json'));
  return (scope) => ({ content: JSON.stringify(value(scope)), contentType: 'application/json' });
}

/** Parts concatenated in order; filters escape the values. */
function compileTextBody(body: TextBody, place: DocumentPlace): (scope: Scope) => string {
  if (typeof body === 'string') {
    const template = place.text(body);
    return (scope) => template.render(scope);
  }
  const parts = body.map((part, index) => {
    const ofPart = place.at(index);
    if (typeof part === 'string') return compileTextBody(part, ofPart);
    const list = compileItems(part.$each, ofPart);
    const item = ofPart.at('$item').withItem().text(part.$item);
    if (part.$join.includes('{{'))
      ofPart.at('$join').report('is sent as it is written; {{ }} stands in "$item"');
    return (scope: Scope) => list(scope, (one) => item.render(one)).join(part.$join);
  });
  return (scope) => parts.map((part) => part(scope)).join('');
}

/** A name is sent as it is written, including braces: the telephone system would not know a field of that name, and would ignore its value. */
export function reportBraces(name: string, place: DocumentPlace): void {
  if (name.includes('{{'))
    place.report('is a name, and is sent as it is written; {{ }} stands in values alone');
}

/** A key that ends in "?" is omitted if its value is empty. */
function keyOf(
  written: string,
  place: DocumentPlace,
): { readonly key: string; readonly isOptional: boolean } {
  reportBraces(written, place.at(written));
  return written.endsWith('?')
    ? { key: written.slice(0, -1), isOptional: true }
    : { key: written, isOptional: false };
}

/** `key=value&key=value`, as in a query and in a form. */
export function compilePairs(
  pairs: Readonly<Record<string, unknown>>,
  place: DocumentPlace,
  charset: Charset = 'utf-8',
): (scope: Scope) => string {
  const compiled = Object.entries(pairs).flatMap(([written, value]) => {
    const { key, isOptional } = keyOf(written, place);
    return (Array.isArray(value) ? value : [value]).map((item: unknown) => ({
      key: percentEncode(key, charset),
      isOptional,
      values: compileField(item, place.at(written)),
    }));
  });
  return (scope) => {
    let result = '';
    for (const { key, isOptional, values } of compiled) {
      for (const value of values(scope)) {
        if (isOptional && value === '') continue;
        result += `${result === '' ? '' : '&'}${key}=${percentEncode(value, charset)}`;
      }
    }
    return result;
  };
}

/** One field: a text, several if its one expression is a list, or the text of a JSON structure. */
function compileField(value: unknown, place: DocumentPlace): (scope: Scope) => readonly string[] {
  if (typeof value === 'object' && value !== null && 'json' in value) {
    const json = compileJson(value.json, place.at('json'));
    return (scope) => [JSON.stringify(json(scope))];
  }
  const template = place.text(textOf(value));
  return (scope) => {
    const rendered = template.value(scope);
    return Array.isArray(rendered) ? rendered.map(textOf) : [textOf(rendered)];
  };
}

/** A structure is rendered as a structure and written as JSON once, so that no value can break out of its place. */
function compileJson(value: unknown, place: DocumentPlace): (scope: Scope) => unknown {
  if (typeof value === 'string') {
    const template: TextTemplate = place.text(value);
    if (template.isLiteral) return () => template.render(noScope);
    return (scope) => {
      const rendered = template.value(scope);
      return rendered === undefined ? null : rendered;
    };
  }
  if (Array.isArray(value)) {
    const items = value.map((item: unknown, index) => compileJson(item, place.at(index)));
    return (scope) => items.map((item) => item(scope));
  }
  if (typeof value === 'object' && value !== null) {
    return '$each' in value ? compileEach(value, place) : compileObject(value, place);
  }
  return () => value;
}

function compileObject(value: object, place: DocumentPlace): (scope: Scope) => unknown {
  const entries = Object.entries(value).map(([written, item]) => ({
    ...keyOf(written, place),
    render: compileJson(item, place.at(written)),
  }));
  return (scope) => {
    const object: Record<string, unknown> = {};
    for (const { key, isOptional, render } of entries) {
      const rendered = render(scope);
      if (isOptional && isEmpty(rendered)) continue;
      Object.defineProperty(object, key, {
        value: rendered,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
    return object;
  };
}

/** `{ "$each": "items", "$item": … }`: one for each item of a list, as {{ item… }}. */
function compileEach(
  value: { readonly $each: unknown; readonly $item?: unknown },
  place: DocumentPlace,
): (scope: Scope) => unknown {
  for (const key of Object.keys(value)) {
    if (key === '$each' || key === '$item') continue;
    place.at(key).report(`is not known beside "$each"${suggestion(key, ['$item'])}`);
  }
  const list = compileItems(textOf(value.$each), place);
  const item = compileJson(value.$item ?? '{{ item }}', place.at('$item').withItem());
  return (scope) => list(scope, item);
}

type ItemsWriter = <Written>(scope: Scope, write: (ofItem: Scope) => Written) => Written[];

/** Writes each item of a list. If one is refused, the others are tried all the same: whoever leaves it out learns of all such items at once. */
function compileItems(source: string, place: DocumentPlace): ItemsWriter {
  const list = place.at('$each').expression(source);
  return (scope, write) => {
    const items = list.evaluate(scope);
    let refusal: { readonly error: unknown } | undefined;
    const written = (Array.isArray(items) ? items : []).flatMap((item: unknown) => {
      try {
        return [write({ ...scope, values: { ...scope.values, item } })];
      } catch (error) {
        if (!scope.onRefused) throw error;
        scope.onRefused(item, error);
        refusal ??= { error };
        return [];
      }
    });
    if (refusal) throw refusal.error;
    return written;
  };
}

type Multipart = NonNullable<BodySettings['multipart']>;

/** In a form, only the files can be in a charset other than UTF-8. */
function compileMultipart(parts: Multipart, charset: Charset, place: DocumentPlace): BodyRenderer {
  const compiled = Object.entries(parts).map(([name, part]) => {
    const ofPart = place.at(name);
    reportBraces(name, ofPart);
    if (typeof part === 'string') return { name, content: ofPart.text(part) };
    return {
      name,
      content: ofPart.at('content').text(part.content),
      filename: ofPart.at('filename').text(part.filename),
      contentType: part.contentType,
    };
  });
  return (scope) => {
    const form = new FormData();
    for (const { name, content, filename, contentType } of compiled) {
      const text = content.render(scope);
      if (filename)
        form.append(
          name,
          new Blob([encodeText(text, charset)], { type: contentType }),
          filename.render(scope),
        );
      else form.append(name, text);
    }
    return { content: form };
  };
}
