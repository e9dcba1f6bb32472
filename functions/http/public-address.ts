/**
 * @module functions/http/public-address
 * Which addresses are on the public internet. A service that fetches what a client names must reach nothing else:
 * not its own host, not the network that it runs in, not the metadata service that hands out credentials.
 */
import { BlockList, isIPv6 } from 'node:net';

/** IANA's special-purpose registry of IPv4 (RFC 6890 and later), multicast, and what is reserved. */
const NOT_PUBLIC_IPV4: readonly (readonly [network: string, bits: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  // Azure's own DNS, health and agent service, on a public address in every virtual network.
  ['168.63.129.16', 32],
];

/** Of 2000::/3, all that is public: protocol assignments and Teredo, 6to4, documentation. */
const NOT_PUBLIC_IPV6: readonly (readonly [network: string, bits: number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

const blocked = new BlockList();
for (const [network, bits] of NOT_PUBLIC_IPV4) blocked.addSubnet(network, bits, 'ipv4');
for (const [network, bits] of NOT_PUBLIC_IPV6) blocked.addSubnet(network, bits, 'ipv6');

const globalUnicast = new BlockList();
globalUnicast.addSubnet('2000::', 3, 'ipv6');

/** Whether an IP address, without brackets, is one of the public internet. */
export function isPublicAddress(address: string): boolean {
  if (!isIPv6(address)) return !blocked.check(address, 'ipv4');
  // What carries an IPv4 address inside (::ffff:, 64:ff9b::) is none of 2000::/3, whatever it carries.
  return globalUnicast.check(address, 'ipv6') && !blocked.check(address, 'ipv6');
}
