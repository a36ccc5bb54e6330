import ipaddr from 'ipaddr.js';

/** Whether a text can be read as a network, with the old rules for IPv4: "10.1/16" is 10.0.0.1/16, and "192.168.001.010" is 192.168.1.8. */
export const isNetwork = (text: string): boolean =>
  ipaddr.isValidCIDR(text) || ipaddr.isValid(text);

/** Whether a text is a network that can only mean what people think: IPv4 must have all four numbers, none with a leading zero. */
export const isPlainNetwork = (text: string): boolean =>
  text.includes(':')
    ? isNetwork(text)
    : ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv4.isValidCIDRFourPartDecimal(text);

type Network = ReturnType<typeof ipaddr.parseCIDR>;

/** Parses a network; a single address is a network of one. */
export const parseNetwork = (text: string): Network =>
  ipaddr.parseCIDR(text.includes('/') ? text : `${text}/${text.includes(':') ? 128 : 32}`);

export const isInside = (
  address: ipaddr.IPv4 | ipaddr.IPv6,
  networks: readonly Network[],
): boolean =>
  networks.some(([base, bits]) => base.kind() === address.kind() && address.match(base, bits));

/** Whether an address lies in one of the networks. IPv4 inside IPv6 (`::ffff:192.0.2.1`) is IPv4. */
export function networkMatcher(networks: readonly string[]): (address: string) => boolean {
  const ranges = networks.map(parseNetwork);
  const seen = new Map<string, boolean>();
  return (address) => {
    const known = seen.get(address);
    if (known !== undefined) return known;
    if (!ipaddr.isValid(address)) return false;
    const inside = isInside(ipaddr.process(address), ranges);
    // A vendor sends from few addresses, but an attacker may use many and must not fill the memory.
    if (seen.size >= 1000) seen.clear();
    seen.set(address, inside);
    return inside;
  };
}
