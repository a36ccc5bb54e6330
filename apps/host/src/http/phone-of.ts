import { parsePhone } from '@finaz-telephony/core';
import * as v from 'valibot';

/** `phone` of a search, as E.164. */
export const phoneOf = (description: string) =>
  v.exactOptional(
    v.pipe(
      v.string(),
      v.rawTransform(({ dataset, addIssue, NEVER }) => {
        const { e164 } = parsePhone(dataset.value);
        if (e164 !== undefined) return e164;
        addIssue({ message: 'is not a telephone number with its area code' });
        return NEVER;
      }),
      v.description(description),
    ),
  );
