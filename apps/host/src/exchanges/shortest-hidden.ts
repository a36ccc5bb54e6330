/** A value that is shorter is not hidden wherever it stands: half of every text would be gone with it. */
export const shortestHidden = 4;
