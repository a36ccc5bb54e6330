import { readCommand, wholeNumber } from '@finaz-telephony/config/command';
import * as v from 'valibot';

const benchNames = [
  'event',
  'screen',
  'call',
  'nodered',
  'recording',
  'requests',
  'file',
  'results',
  'neighbour',
  'language',
] as const;

export type BenchName = (typeof benchNames)[number];

const { options, words } = readCommand({
  about:
    'Speed against a bare baseline in the same run: only the ratios mean something. On SQLite, or on the PostgreSQL of DATABASE_URL. Without names, all run.',
  words: benchNames,
  options: {
    seconds: v.pipe(v.optional(wholeNumber(), '4'), v.description('How long each turn takes.')),
    rounds: v.pipe(v.optional(wholeNumber(), '3'), v.description('Turns of each.')),
    contacts: v.pipe(
      v.optional(wholeNumber()),
      v.description('Contacts in the benches of mailings; by default, each has its own number.'),
    ),
  },
});

export const names: readonly BenchName[] = words.length === 0 ? benchNames : words;
export const { seconds, rounds, contacts } = options;
export const connections = 32;
export const engine = process.env['DATABASE_URL'] === undefined ? 'SQLite' : 'PostgreSQL';
