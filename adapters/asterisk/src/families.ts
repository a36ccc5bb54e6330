/** Families of AstDB that the dialplan and this adapter share; what is in them is told at the head of `server/finaz.conf`. */
export const waiting = (queue: string) => `finaz/fila/${queue}`;
export const underWay = (queue: string) => `finaz/curso/${queue}`;
export const resultsOf = (queue: string) => `finaz/res/${queue}`;
/** Of calls that operators asked for. */
export const click2callResults = 'finaz/res/c2c';
export const transfers = 'finaz/transf';
/** What the doctor writes to see whether the server works. */
export const doctorNotes = 'finaz/doutor';

/** "%", "_" and "/" would mean more in AstDB; letters of any case would not be told apart everywhere. */
export const keyOf = (contactId: string) =>
  contactId.replace(/[^A-Za-z0-9-]/g, (sign) => `.${sign.charCodeAt(0).toString(16)}`);

/** The key of a contact, whether it waits for its first try or, behind all of those, for its next one. */
export const withoutTime = (key: string) => key.replace(/^~\d+\./, '');
