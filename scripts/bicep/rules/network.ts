/**
 * @module scripts/bicep/rules/network
 * The private network, where it is asked for.
 */
import { differs, ofType, type Resource, type Snapshot } from '../resources.ts';
import { theApp } from './function-app.ts';
import type { Rule } from './rule.ts';
import { accountNamed } from './storage.ts';

const ENDPOINT = 'Microsoft.Network/privateEndpoints';

interface Subnet {
  name: string;
  properties: {
    addressPrefix: string;
    delegations?: { properties: { serviceName: string } }[];
    networkSecurityGroup?: { id: string };
  };
}

/** First and last address of a block, as numbers. */
function rangeOf(block: string): [number, number] {
  const [address = '', bits] = block.split('/');
  const first = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  return [first, first + 2 ** (32 - Number(bits)) - 1];
}

function subnetFaults(network: Resource): string[] {
  const subnets: Subnet[] = network.properties.subnets;
  const [least, most] = rangeOf(network.properties.addressSpace.addressPrefixes[0]);
  return subnets.flatMap(({ name, properties: { addressPrefix, delegations } }, index) => {
    const [first, last] = rangeOf(addressPrefix);
    const overlaps = subnets.slice(0, index).filter((other) => {
      const [otherFirst, otherLast] = rangeOf(other.properties.addressPrefix);
      return first <= otherLast && otherFirst <= last;
    });
    const delegated = (delegations ?? []).map((delegation) => delegation.properties.serviceName);
    return [
      ...overlaps.map((other) => `subnets ${other.name} and ${name} overlap`),
      ...(first >= least && last <= most ? [] : [`subnet ${name} is outside of the network`]),
      // A Container Apps environment takes no less.
      ...(last - first + 1 >= 32 ? [] : [`subnet ${name} is too small`]),
      ...differs(
        `subnet ${name}: delegations`,
        delegated,
        name === 'endpoints' ? [] : ['Microsoft.App/environments'],
      ),
    ];
  });
}

/** `account/service` of each private endpoint, and the zone that its name is in. */
function endpointsOf(snapshot: Snapshot): string[] {
  const groups = ofType(snapshot, `${ENDPOINT}/privateDnsZoneGroups`);
  return ofType(snapshot, ENDPOINT).map(({ name, properties }) => {
    const [connection] = properties.privateLinkServiceConnections;
    const { privateLinkServiceId, groupIds } = connection.properties;
    const account = ['sthost', 'stdata'].find(
      (start) => accountNamed(snapshot, start as 'sthost' | 'stdata')?.id === privateLinkServiceId,
    );
    const group = groups.find((one) => one.name === `${name}/default`);
    const zone = /'privatelink\.\{0\}\.\{1\}', '(\w+)'/.exec(
      group?.properties.privateDnsZoneConfigs[0].properties.privateDnsZoneId,
    )?.[1];
    return `${account}/${groupIds.join('+')} in ${zone}`;
  });
}

/** What gets in to the private endpoints; the rules of Azure itself come after 4096. */
const INBOUND = [
  {
    access: 'Allow',
    direction: 'Inbound',
    priority: 100,
    protocol: 'Tcp',
    sourceAddressPrefix: 'VirtualNetwork',
    sourcePortRange: '*',
    destinationAddressPrefix: 'VirtualNetwork',
    destinationPortRange: '443',
  },
  {
    access: 'Deny',
    direction: 'Inbound',
    priority: 4096,
    protocol: '*',
    sourceAddressPrefix: '*',
    sourcePortRange: '*',
    destinationAddressPrefix: '*',
    destinationPortRange: '*',
  },
];

const ENDPOINTS = [
  'stdata/blob in blob',
  'stdata/queue in queue',
  'sthost/blob in blob',
  'sthost/queue in queue',
  'sthost/table in table',
];

export const NETWORK_RULES: readonly Rule[] = [
  {
    name: 'the network is there where it is asked for, and leads to both accounts',
    template: 'main',
    check(snapshot, { features }) {
      const networks = ofType(snapshot, 'Microsoft.Network/virtualNetworks');
      const links = ofType(snapshot, 'Microsoft.Network/privateDnsZones/virtualNetworkLinks');
      const endpointSubnet = `${networks[0]?.id}/subnets/endpoints`;
      return [
        ...differs('networks', networks.length, features.network ? 1 : 0),
        ...networks.flatMap(subnetFaults),
        ...differs('private endpoints', endpointsOf(snapshot).toSorted(), features.network ? ENDPOINTS : []),
        ...ofType(snapshot, ENDPOINT).flatMap(({ name, properties }) =>
          differs(`${name}: subnet`, properties.subnet.id, endpointSubnet),
        ),
        ...differs('links of names', links.length, features.network ? 3 : 0),
        ...links.flatMap(({ properties }) => differs('link', properties.virtualNetwork.id, networks[0]?.id)),
      ];
    },
  },
  {
    name: 'app and training are in their subnets where the network is private',
    template: 'main',
    check(snapshot, { features }) {
      const network = ofType(snapshot, 'Microsoft.Network/virtualNetworks')[0]?.id;
      const environment = ofType(snapshot, 'Microsoft.App/managedEnvironments')[0];
      const subnet = (name: string) => (features.network ? `${network}/subnets/${name}` : null);
      const { virtualNetworkSubnetId, outboundVnetRouting } = theApp(snapshot).properties;
      return [
        ...differs('subnet of the app', virtualNetworkSubnetId ?? null, subnet('app')),
        ...differs('routing', outboundVnetRouting ?? null, features.network ? { allTraffic: true } : null),
        ...(environment === undefined
          ? []
          : differs(
              'subnet of the training',
              environment.properties.vnetConfiguration?.infrastructureSubnetId ?? null,
              subnet('training'),
            )),
      ];
    },
  },
  {
    name: 'only https of the network gets in to the private endpoints, and nothing keeps the app from going out',
    template: 'main',
    check(snapshot, { features }) {
      const groups = ofType(snapshot, 'Microsoft.Network/networkSecurityGroups');
      const rulesOf = (start: string) =>
        groups
          .filter(({ name }) => name.startsWith(start))
          .flatMap(({ properties }) => properties.securityRules)
          .map(({ properties }) => properties);
      const subnets: Subnet[] =
        ofType(snapshot, 'Microsoft.Network/virtualNetworks')[0]?.properties.subnets ?? [];
      return [
        ...differs('groups', groups.length, features.network ? 2 : 0),
        ...differs('in to the endpoints', rulesOf('nsg-endpoints-'), features.network ? INBOUND : []),
        ...differs('out of app and training', rulesOf('nsg-outbound-'), []),
        ...subnets.flatMap(({ name, properties }) => {
          const start = name === 'endpoints' ? 'nsg-endpoints-' : 'nsg-outbound-';
          const group = groups.find((one) => one.name.startsWith(start));
          return differs(`subnet ${name}: group`, properties.networkSecurityGroup?.id, group?.id);
        }),
      ];
    },
  },
];
