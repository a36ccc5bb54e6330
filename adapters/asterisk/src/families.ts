/** AstDB families shared by the dialplan and this adapter; their contents are described at the top of `server/finaz.conf`. */
export const waiting = (queue: string) => `finaz/fila/${queue}`;
export const underWay = (queue: string) => `finaz/curso/${queue}`;
export const resultsOf = (queue: string) => `finaz/res/${queue}`;
/** Of calls that operators asked for. */
export const click2callResults = 'finaz/res/c2c';
export const transfers = 'finaz/transf';
/** What the doctor writes to see whether the server works. */
export const doctorNotes = 'finaz/doutor';

/** "%", "_" and "/" have a meaning in AstDB; letter case would not be distinguished everywhere. */
export const keyOf = (contactId: string) =>
  contactId.replace(/[^A-Za-z0-9-]/g, (sign) => `.${sign.charCodeAt(0).toString(16)}`);

/** The key of a contact, whether it waits for its first try or, after all of those, for its next one. */
export const withoutTime = (key: string) => key.replace(/^~\d+\./, '');
