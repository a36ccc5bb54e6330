/** What was to be replaced by the value: `--A--uniqueid--B--`, `{cid}`, `${call.id}`, `<CID>`, `[cid]`, `%cid%`. With an `@` in it, `<…>` is an address of SIP. */
const unfilled = /^(?:--A--.*--B--|\$?\{+[^{}]*\}+|<[^<>@]*>|\[[^[\]]*\]|%[A-Za-z_]+%)$/;

/** Some systems write their ids so. */
const guidInBraces = /^\{[\dA-F]{8}(?:-[\dA-F]{4}){3}-[\dA-F]{12}\}$/i;

/**
 * Whether a text is what stands in the place of a value that a telephone system does not have: what scripts and databases write for it (`pid=undefined`, `cid=null`),
 * or a place that was not filled in. Taken as an id, it would be that of all calls without one.
 */
export const isNoValue = (text: string): boolean =>
  /^(?:undefined|null|\(null\))$/i.test(text) ||
  text === 'None' ||
  text === 'NaN' ||
  (unfilled.test(text) && !guidInBraces.test(text));
