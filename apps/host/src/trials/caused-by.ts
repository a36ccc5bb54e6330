/** Whether an error is of this kind, or was caused by one: an adapter may have wrapped what its fetch threw. */
export function isCausedBy(error: unknown, kind: new (message: string) => Error): boolean {
  return error instanceof kind || (error instanceof Error && isCausedBy(error.cause, kind));
}
