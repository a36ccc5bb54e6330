import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '3' },
    contacts: { type: 'string' },
  },
});

export const names: readonly string[] = positionals;
export const seconds = Number(values.seconds);
export const rounds = Number(values.rounds);
/** Contacts in the benches of mailings; by default, each has a number of its own. */
export const contacts = values.contacts === undefined ? undefined : Number(values.contacts);
export const connections = 32;
export const engine = process.env['DATABASE_URL'] === undefined ? 'SQLite' : 'PostgreSQL';
