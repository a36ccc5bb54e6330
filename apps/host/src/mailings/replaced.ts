/** Why a mailing whose queue another one has taken is not loaded on, and what to do. */
export const replaced = {
  message: 'Another mailing has taken the queue since; loading this one on would mix the two.',
  hint: 'Send its contacts as a new mailing.',
} as const;
