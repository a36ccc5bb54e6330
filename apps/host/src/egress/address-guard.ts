import type { LookupFunction } from 'node:net';
import { TelephonyError } from '@finaz-telephony/core';
import ipaddr from 'ipaddr.js';
import { isInside, parseNetwork } from '../network.ts';
import { remembered } from '../remembered.ts';
import { createNameLookups, type Resolve, type ResolvedAddress } from './name-lookups.ts';
import { toError } from '../thrown.ts';

/** Decides which addresses may be reached. */
export interface AddressGuard {
  /** Whether an address lies in a network that the operator of the host has opened (`EGRESS_ALLOW`). */
  readonly isOpened: (address: string) => boolean;
  /** @throws {TelephonyError} `address_blocked` if the URL has an IP address that may not be dialled, or is not http(s) */
  readonly checkUrl: (url: URL) => void;
  /** For `net.connect`: the socket gets only addresses that were checked, so that no second lookup can lead it elsewhere. */
  readonly lookupFor: (company: string) => LookupFunction;
}

/** Formally public, but in Azure the platform's own server. ipaddr.js knows all other special ranges of IPv4. */
const refusedV4 = ipaddr.IPv4.parseCIDR('168.63.129.16/32');
// Formally public ranges that no telephone system uses, or that lead back into a private network through a translator or tunnel.
const refusedV6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20', '2620:4f:8000::/48'].map(
  (range) => ipaddr.IPv6.parseCIDR(range),
);
/** The range assigned as global unicast. All others (mapped, compatible, NAT64, link-local …) may lead into a private network. */
const globalUnicastV6 = ipaddr.IPv6.parseCIDR('2000::/3');

export function createAddressGuard(allow: readonly string[], resolve?: Resolve): AddressGuard {
  const allowed = allow.map(parseNetwork);
  const lookups = createNameLookups(resolve);

  /** Whether an address, as an IP literal, may be dialled. */
  function permits(text: string): boolean {
    if (!ipaddr.isValid(text)) return false;
    const address = ipaddr.parse(text);
    if (isInside(address, allowed)) return true;
    if (address instanceof ipaddr.IPv4) {
      return address.range() === 'unicast' && !address.match(refusedV4);
    }
    return (
      address instanceof ipaddr.IPv6 &&
      address.zoneId === undefined &&
      address.match(globalUnicastV6) &&
      !refusedV6.some((range) => address.match(range))
    );
  }

  /** Whether a host is an IP address that may not be dialled. Remembered, because many requests go to few vendors. */
  const isRefusedLiteral = remembered(1000, (hostname) => {
    // The URL parser has already normalised decimal, octal, hexadecimal and short forms.
    const literal = hostname.replace(/^\[|\]$/g, '');
    return ipaddr.isValid(literal) && !permits(literal);
  });

  async function permittedAddresses(
    company: string,
    hostname: string,
  ): Promise<readonly ResolvedAddress[]> {
    const addresses = await lookups(company)(hostname);
    const permitted = addresses.filter(({ address }) => permits(address));
    if (permitted.length === 0) throw blocked(hostname);
    return permitted;
  }

  return {
    isOpened: (address) => isInside(ipaddr.parse(address), allowed),
    checkUrl(url) {
      if (url.protocol !== 'https:' && url.protocol !== 'http:') {
        throw refusal(
          `Only http and https addresses can be called, not ${url.protocol}`,
          'Write an address that begins with https://.',
        );
      }
      if (url.username !== '' || url.password !== '') {
        throw refusal(
          'An address may not hold user and password.',
          'Put the credentials into a header or parameter.',
        );
      }
      if (isRefusedLiteral(url.hostname)) throw blocked(url.hostname);
    },
    lookupFor: (company) => (hostname, options, callback) => {
      permittedAddresses(company, hostname).then(
        (addresses) => {
          const [first] = addresses;
          if (options.all) callback(null, [...addresses]);
          else callback(null, first?.address ?? '', first?.family);
        },
        (error: unknown) => callback(toError(error), '', 0),
      );
    },
  };
}

function blocked(host: string): TelephonyError {
  return refusal(
    `The address "${host}" leads to a network that may not be reached from this host.`,
    'If the telephone system is really there, the operator of the host opens its network with EGRESS_ALLOW.',
  );
}

function refusal(message: string, hint: string): TelephonyError {
  return new TelephonyError({ code: 'address_blocked', message, hint, delivery: 'not_sent' });
}
