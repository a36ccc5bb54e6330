import type { DraftNotes } from './draft-notes.ts';
import type { DraftedRequest } from './draft-request.ts';
import type { Leaf } from './reply-leaves.ts';
import { plainName } from './slot.ts';

/** How a reply tells whether another page of the report follows. */
export type FurtherPage =
  | { readonly condition: string }
  /** Expression for the number of pages. */
  | { readonly count: string };

const names = {
  more: /^(?:(?:has|tem)?(?:more|mais|next|proxima)(?:pages?|paginas?)?)$/,
  last: /^(?:(?:is|e)?(?:last|ultima)(?:page|pagina)?)$/,
  // With a singular (`numero_pagina`, `qtd_pagina`), the value belongs to the current page and is not the number of pages.
  count:
    /^(?:pages|paginas|(?:total|last|ultima)(?:of|de)?(?:pages?|paginas?)|(?:num|numero|qtd|quantidade)(?:of|de)?(?:pages|paginas)|(?:page|pagina)s?(?:count|total))$/,
} as const;

/** Looks outside the rows only: a member of a row says nothing about the report as a whole. */
export function furtherPageOf(leaves: readonly Leaf[]): FurtherPage | undefined {
  const find = (name: RegExp, fits: (value: Leaf['value']) => boolean) =>
    leaves.find(
      (leaf) =>
        !leaf.path.includes('[0]') &&
        name.test(plainName(leaf.names.at(-1) ?? '')) &&
        fits(leaf.value),
    );
  const more = find(names.more, isBoolean);
  if (more) return { condition: `reply${more.path}` };
  const last = find(names.last, isBoolean);
  if (last) return { condition: `reply${last.path} == false` };
  const count = find(names.count, (value) => /^\d+$/.test(String(value)));
  return count && { count: `reply${count.path}` };
}

const isBoolean = (value: Leaf['value']) => typeof value === 'boolean';

/** Proposes `pages` if the request asks for a page by number, offset or size. */
export function proposePages(
  request: DraftedRequest,
  further: FurtherPage | undefined,
  notes: DraftNotes,
): Readonly<Record<string, unknown>> {
  const written = JSON.stringify(request);
  if (!/\{\{ (?:page|offset|size)\b/.test(written)) return {};
  const recognised = (name: string) =>
    notes.recognised.find(({ template }) => template.startsWith(`{{ ${name}`));
  // A system that counts pages from 0 would skip its first page if it were asked for page 1 first.
  const first = recognised('page')?.value === '0' ? { firstPage: 0 } : {};
  const size = recognised('size');
  // A system may return fewer rows than it is asked for, so its own word that another page follows counts more than the number of rows.
  const more = conditionOf(further, 'firstPage' in first, notes);
  const pages = { ...(size && { size: Number(size.value) || 100 }), ...first };
  if (more !== undefined) {
    if (!size && recognised('offset'))
      notes.warn(
        'dialerResults.pages.size: the request counts rows, but does not say how many a page has; write the size, otherwise each page is the first one again',
      );
    return { pages: { ...pages, more } };
  }
  if (size) return { pages };
  notes.warn(
    'dialerResults.pages.more: the request does not say how many rows a page has, so the draft reads the first page only; write the condition under which another page follows',
  );
  return { pages: { ...pages, more: 'false' } };
}

function conditionOf(
  further: FurtherPage | undefined,
  isFirstZero: boolean,
  notes: DraftNotes,
): string | undefined {
  if (further === undefined) return undefined;
  if ('condition' in further) return further.condition;
  if (!isFirstZero) return `page < ${further.count}`;
  notes.warn(
    `dialerResults.pages.more: ${further.count} is the number of pages, but pages are counted from 0; if a page may have fewer rows than its size, write the condition under which another page follows`,
  );
  return undefined;
}
