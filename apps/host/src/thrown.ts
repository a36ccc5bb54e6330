/** What was thrown may be anything. */
export const toError = (thrown: unknown): Error =>
  thrown instanceof Error ? thrown : new Error(String(thrown));

/** Its words. */
export const messageOf = (thrown: unknown): string => toError(thrown).message;
