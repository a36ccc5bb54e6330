/** AstDB families shared by the dialplan and this adapter; their contents are described at the top of `server/finaz.conf`. */
export const waiting = (queue: string) => `finaz/fila/${queue}`;
export const underWay = (queue: string) => `finaz/curso/${queue}`;
export const resultsOf = (queue: string) => `finaz/res/${queue}`;
/** Results of calls that operators asked for. */
export const click2callResults = 'finaz/res/c2c';
export const transfers = 'finaz/transf';
/** What the doctor writes to see whether the server works. */
export const doctorNotes = 'finaz/doutor';

/** "%", "_" and "/" have a meaning in AstDB, so every sign but letters, digits and "-" is replaced by its code. */
export const keyOf = (contactId: string) =>
  contactId.replace(/[^A-Za-z0-9-]/g, (sign) => `.${sign.charCodeAt(0).toString(16)}`);

/** The key of a contact. While it waits for its next try, a time precedes the key, which sorts it after all contacts that wait for their first. */
export const withoutTime = (key: string) => key.replace(/^~\d+\./, '');
