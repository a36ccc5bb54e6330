/** A shorter value is not hidden everywhere: half of every text would be gone with it. */
export const shortestHidden = 4;
