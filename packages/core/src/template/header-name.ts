/** What a header may be called (RFC 9110, token). */
export const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
