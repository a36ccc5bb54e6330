/**
 * Whether a text is what scripts and databases write for a value that they do not have: `pid=undefined`, `cid=null`. Taken as an id, it would be that of all calls
 * without one.
 */
export const isNoValue = (text: string): boolean =>
  /^(?:undefined|null|\(null\))$/i.test(text) || text === 'None' || text === 'NaN';
