import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const docs = fileURLToPath(new URL('../../../../docs/', import.meta.url));
const pages = globSync('*.pt-BR.md', { cwd: docs }).toSorted();
const read = (name: string) => readFileSync(docs + name, 'utf8');

/** What a page has in every language: sections, rows of tables, items of lists, blocks by their kind. */
const outline = (text: string) => text.match(/^(?:#+ |\| |- |\d+\. |```\w* ?)/gm);
const links = (text: string) =>
  [...text.replaceAll('.pt-BR.md', '.md').matchAll(/\]\(([^)]+\.md[^)]*)\)/g)].map(([, to]) => to);

describe('a Portuguese page has the outline and the links of the English page', () => {
  it('finds the Portuguese pages', () => expect(pages.length).toBeGreaterThan(2));

  it.each(pages)('%s', (page) => {
    const portuguese = read(page);
    const english = read(page.replace('.pt-BR', ''));
    expect(outline(portuguese)).toEqual(outline(english));
    expect(links(portuguese)).toEqual(links(english));
  });
});
