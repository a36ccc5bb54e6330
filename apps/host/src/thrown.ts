/** An error as it is; anything else that was thrown as the message of one. */
export const toError = (thrown: unknown): Error =>
  thrown instanceof Error ? thrown : new Error(String(thrown));

/** The words of what was thrown. */
export const messageOf = (thrown: unknown): string => toError(thrown).message;
