/** A valid header name (RFC 9110, token). */
export const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
