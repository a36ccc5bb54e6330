import ipaddr from 'ipaddr.js';

/** What can be read as one, by the old rules for IPv4: "10.1/16" is 10.0.0.1/16 there, and "192.168.001.010" is 192.168.1.8. */
export const isNetwork = (text: string): boolean =>
  ipaddr.isValidCIDR(text) || ipaddr.isValid(text);

/** What cannot be read as another one than people mean: IPv4 with all of its four numbers, none of which begins with 0. */
export const isPlainNetwork = (text: string): boolean =>
  text.includes(':')
    ? isNetwork(text)
    : ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv4.isValidCIDRFourPartDecimal(text);
