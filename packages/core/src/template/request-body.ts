import type { DocumentCompiler } from './compile-document.ts';
import { percentEncode } from './percent-encode.ts';
import type { Scope } from './scope.ts';
import type { BodySettings } from './settings-schema.ts';
import type { TextTemplate } from './text-template.ts';
import { textOf } from './value.ts';

type Path = readonly (string | number)[];

export interface RenderedBody {
  readonly content: string | FormData;
  /** Absent where `content` brings its own (multipart), or the document sets it. */
  readonly contentType?: string;
}

export type BodyRenderer = (scope: Scope) => RenderedBody;

export function compileBody(
  body: BodySettings,
  compiler: DocumentCompiler,
  path: Path,
): BodyRenderer {
  if (body.form !== undefined) {
    const form = compilePairs(body.form, compiler, [...path, 'form']);
    return (scope) => ({ content: form(scope), contentType: 'application/x-www-form-urlencoded' });
  }
  if (body.text !== undefined) {
    const template = compiler.text(body.text, [...path, 'text']);
    return (scope) => ({ content: template.render(scope) });
  }
  if (body.multipart !== undefined)
    return compileMultipart(body.multipart, compiler, [...path, 'multipart']);
  const value = compileJson(body.json, compiler, [...path, 'json']);
  return (scope) => ({ content: JSON.stringify(value(scope)), contentType: 'application/json' });
}

/** `key=value&key=value`, as in a query and in a form. */
export function compilePairs(
  pairs: Readonly<Record<string, unknown>>,
  compiler: DocumentCompiler,
  path: Path,
): (scope: Scope) => string {
  const compiled = Object.entries(pairs).flatMap(([key, value]) =>
    (Array.isArray(value) ? value : [value]).map((item: unknown) => ({
      key: percentEncode(key),
      template: compiler.text(textOf(item), [...path, key]),
    })),
  );
  return (scope) => {
    let result = '';
    for (const { key, template } of compiled) {
      result += `${result === '' ? '' : '&'}${key}=${percentEncode(template.render(scope))}`;
    }
    return result;
  };
}

/** A structure is rendered as a structure and written as JSON once, so that no value can break out of its place. */
function compileJson(
  value: unknown,
  compiler: DocumentCompiler,
  path: Path,
): (scope: Scope) => unknown {
  if (typeof value === 'string') {
    const template: TextTemplate = compiler.text(value, path);
    if (template.isLiteral) return () => value;
    return (scope) => {
      const rendered = template.value(scope);
      return rendered === undefined ? null : rendered;
    };
  }
  if (Array.isArray(value)) {
    const items = value.map((item: unknown, index) =>
      compileJson(item, compiler, [...path, index]),
    );
    return (scope) => items.map((item) => item(scope));
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(
      ([key, item]) => [key, compileJson(item, compiler, [...path, key])] as const,
    );
    return (scope) => Object.fromEntries(entries.map(([key, item]) => [key, item(scope)]));
  }
  return () => value;
}

type Multipart = NonNullable<BodySettings['multipart']>;

function compileMultipart(parts: Multipart, compiler: DocumentCompiler, path: Path): BodyRenderer {
  const compiled = Object.entries(parts).map(([name, part]) => {
    const place = [...path, name];
    if (typeof part === 'string') return { name, content: compiler.text(part, place) };
    return {
      name,
      content: compiler.text(part.content, [...place, 'content']),
      filename: compiler.text(part.filename, [...place, 'filename']),
      contentType: part.contentType,
    };
  });
  return (scope) => {
    const form = new FormData();
    for (const { name, content, filename, contentType } of compiled) {
      const text = content.render(scope);
      if (filename)
        form.append(name, new Blob([text], { type: contentType }), filename.render(scope));
      else form.append(name, text);
    }
    return { content: form };
  };
}
