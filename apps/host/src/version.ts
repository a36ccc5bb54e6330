import { createRequire } from 'node:module';
import * as v from 'valibot';

/** The version of this package. */
export const { version } = v.parse(
  v.object({ version: v.string() }),
  createRequire(import.meta.url)('@finaz-telephony/host/package.json'),
);
