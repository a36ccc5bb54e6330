/** A placeholder that was never filled in: `--A--uniqueid--B--`, `{cid}`, `${call.id}`, `<CID>`, `[cid]`, `%cid%`. With an `@` or `:` in it, `<…>` is an address, such as a SIP URI. */
const placeholder = /^(?:--A--.*--B--|\$?\{+[^{}]*\}+|<[^<>@:]*>|\[[^[\]]*\]|%[A-Za-z_]+%)$/;

/** Some systems write their ids like this. */
const guidInBraces = /^\{[\dA-F]{8}(?:-[\dA-F]{4}){3}-[\dA-F]{12}\}$/i;

/**
 * Whether a text only says that the telephone system has no value: what scripts and databases then write (`pid=undefined`, `cid=null`), or a placeholder that was never filled
 * in. Taken as an id, it would be the same one for all calls without an id.
 */
export const isNoValue = (text: string): boolean =>
  /^(?:undefined|null|\(null\))$/i.test(text) ||
  text === 'None' ||
  text === 'NaN' ||
  (placeholder.test(text) && !guidInBraces.test(text));
