/** Told about a mailing whose load cannot go on because another one has taken its queue, or a person has emptied it. */
export const replaced = {
  message:
    'Another mailing has taken the queue since, or a person has emptied it; what was loaded of this one is gone.',
  hint: 'Send its contacts as a new mailing.',
} as const;
