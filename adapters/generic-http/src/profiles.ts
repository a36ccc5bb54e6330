import * as v from 'valibot';
import argus from '../profiles/argus/profile.json' with { type: 'json' };
import threeCPlus from '../profiles/three-c-plus/profile.json' with { type: 'json' };
import totalvoice from '../profiles/totalvoice/profile.json' with { type: 'json' };
import ucontact from '../profiles/ucontact/profile.json' with { type: 'json' };
import vicidial from '../profiles/vicidial/profile.json' with { type: 'json' };
import { ProfileSchema, type Profile } from './profile.ts';

/** The profiles of this package, by the name that a tenant document writes. */
export const profiles: ReadonlyMap<string, Profile> = new Map(
  Object.entries({ argus, 'three-c-plus': threeCPlus, totalvoice, ucontact, vicidial }).map(
    ([name, profile]) => [name, v.parse(ProfileSchema, profile)],
  ),
);
