/** Stands for a mailing in its ledger. Ordered by time, and small: a million rows carry it. Two mailings of one moment may draw the same ref. */
export const newRef = (at: number) => at * 1000 + Math.floor(Math.random() * 1000);

export const createdAtOf = (ref: number) => Math.floor(ref / 1000);
