/** Why a mailing whose queue another one has taken, or a person has emptied, is not loaded on, and what to do. */
export const replaced = {
  message:
    'Another mailing has taken the queue since, or a person has emptied it; what was loaded of this one is gone.',
  hint: 'Send its contacts as a new mailing.',
} as const;
