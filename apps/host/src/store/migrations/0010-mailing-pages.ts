import type { Migration } from './migration.ts';

/** Contacts are sealed by the page, apart from the thin rows of their states; a file that has arrived settles all of its contacts at once. */
export const mailingPages: Migration = {
  name: '0010-mailing-pages',
  statements: [
    `create table mailing_pages (
      mailing {big} not null, page {big} not null, sealed text not null, primary key (mailing, page))`,
    `alter table mailings add column settled_at {big}`,
  ],
};
