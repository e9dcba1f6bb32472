/**
 * @module scripts/bicep/rules/network
 * The private network and Front Door, where they are asked for.
 */
import { differs, ofType, type Resource, referenceIn, type Snapshot } from '../resources.ts';
import { theApp } from './function-app.ts';
import type { Rule } from './rule.ts';
import { accountNamed } from './storage.ts';

const ENDPOINT = 'Microsoft.Network/privateEndpoints';

interface Subnet {
  name: string;
  properties: { addressPrefix: string; delegations?: { properties: { serviceName: string } }[] };
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
    name: 'only our Front Door and Event Grid reach the app where it is asked for',
    template: 'main',
    check(snapshot, { features }) {
      const { siteConfig } = theApp(snapshot).properties;
      const restrictions: Resource[] = siteConfig?.ipSecurityRestrictions ?? [];
      const profile = ofType(snapshot, 'Microsoft.Cdn/profiles')[0];
      const front = restrictions.find(({ ipAddress }) => ipAddress === 'AzureFrontDoor.Backend');
      return [
        ...differs('profiles', profile === undefined ? 0 : 1, features.frontDoor ? 1 : 0),
        ...differs(
          'who is let in',
          restrictions.map(({ action, tag, ipAddress }) => `${action} ${tag} ${ipAddress}`),
          features.frontDoor
            ? ['Allow ServiceTag AzureFrontDoor.Backend', 'Allow ServiceTag AzureEventGrid']
            : [],
        ),
        ...differs(
          'the others',
          siteConfig?.ipSecurityRestrictionsDefaultAction ?? null,
          features.frontDoor ? 'Deny' : null,
        ),
        ...(features.frontDoor
          ? differs('the id that is looked for', referenceIn(front?.headers?.['x-azure-fdid']?.[0]), {
              id: profile?.id,
              property: 'frontDoorId',
            })
          : []),
      ];
    },
  },
  {
    name: 'Front Door leads to the app by https, and bounds what one client asks',
    template: 'main',
    check(snapshot, { features }) {
      if (!features.frontDoor) return [];
      const route = ofType(snapshot, 'Microsoft.Cdn/profiles/afdEndpoints/routes')[0]?.properties;
      const origin = ofType(snapshot, 'Microsoft.Cdn/profiles/originGroups/origins')[0]?.properties;
      const firewall = snapshot.predictedResources.find(({ type }) =>
        /FrontDoorWebApplicationFirewallPolicies$/i.test(type),
      );
      const security = ofType(snapshot, 'Microsoft.Cdn/profiles/securityPolicies')[0]?.properties.parameters;
      const endpoint = ofType(snapshot, 'Microsoft.Cdn/profiles/afdEndpoints')[0];
      const rule = firewall?.properties.customRules.rules[0];
      const app = { id: theApp(snapshot).id, property: 'defaultHostName' };
      return [
        ...differs('route: paths', route?.patternsToMatch, ['/api/*']),
        ...differs('route: to the app by', route?.forwardingProtocol, 'HttpsOnly'),
        ...differs('route: http', route?.httpsRedirect, 'Enabled'),
        ...differs('origin', referenceIn(origin?.hostName), app),
        ...differs('origin: host header', referenceIn(origin?.originHostHeader), app),
        ...differs('origin: certificate', origin?.enforceCertificateNameCheck, true),
        ...differs(
          'firewall',
          [firewall?.properties.policySettings.mode, firewall?.properties.policySettings.enabledState],
          ['Prevention', 'Enabled'],
        ),
        ...differs(
          'firewall: sku',
          firewall?.sku?.name,
          ofType(snapshot, 'Microsoft.Cdn/profiles')[0]?.sku?.name,
        ),
        ...(/^[a-zA-Z][a-zA-Z0-9]*$/.test(firewall?.name ?? '')
          ? []
          : ['the name of a firewall is letters and digits']),
        ...differs(
          'limit',
          [rule?.ruleType, rule?.action, rule?.enabledState],
          ['RateLimitRule', 'Block', 'Enabled'],
        ),
        ...(rule?.rateLimitThreshold > 0 ? [] : ['the limit is nothing']),
        ...differs('limit: whom', rule?.matchConditions?.[0]?.matchValue, ['0.0.0.0/0', '::/0']),
        ...differs('the firewall is on', security?.associations?.[0]?.domains?.[0]?.id, endpoint?.id),
        ...(security?.wafPolicy?.id.toLowerCase() === firewall?.id.toLowerCase()
          ? []
          : ['another firewall is on']),
      ];
    },
  },
];
