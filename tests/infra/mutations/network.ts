/**
 * @module tests/infra/mutations/network
 * What can be wrong with the private network and Front Door.
 */
import type { Snapshot } from '../../../scripts/bicep/resources.ts';
import { ENVIRONMENT, EVERYTHING, FRONT_DOOR, type Mutation, SITE, the } from './mutation.ts';

const network = 'the network is there where it is asked for, and leads to both accounts';
const subnets = 'app and training are in their subnets where the network is private';
const groups =
  'only https of the network gets in to the private endpoints, and nothing keeps the app from going out';
const door = 'only our Front Door and Event Grid reach the app where it is asked for';
const leads = 'Front Door leads to the app by https, and bounds what one client asks';

const subnet = (s: Snapshot, index: number) =>
  the(s, 'Microsoft.Network/virtualNetworks').properties.subnets[index].properties;
const firewall = (s: Snapshot) =>
  the(s, 'Microsoft.Network/frontDoorWebApplicationFirewallPolicies').properties;

const limit = (s: Snapshot) => firewall(s).customRules.rules[0];
const inbound = (s: Snapshot) =>
  the(s, 'Microsoft.Network/networkSecurityGroups', 'endpoints').properties.securityRules;

export const NETWORK: readonly Mutation[] = [
  {
    rule: network,
    what: 'a subnet of another kind',
    variant: EVERYTHING,
    mutate: (s) => (subnet(s, 0).delegations[0].properties.serviceName = 'Microsoft.Web/serverFarms'),
  },
  {
    rule: network,
    what: 'subnets that overlap',
    variant: EVERYTHING,
    mutate: (s) => (subnet(s, 1).addressPrefix = '10.40.0.128/25'),
  },
  {
    rule: network,
    what: 'a subnet outside',
    variant: EVERYTHING,
    mutate: (s) => (subnet(s, 2).addressPrefix = '10.41.2.0/24'),
  },
  {
    rule: network,
    what: 'a small subnet',
    variant: EVERYTHING,
    mutate: (s) => (subnet(s, 1).addressPrefix = '10.40.1.0/28'),
  },
  {
    rule: network,
    what: 'another service',
    variant: EVERYTHING,
    mutate: (s) =>
      (the(
        s,
        'Microsoft.Network/privateEndpoints',
        'data-queue',
      ).properties.privateLinkServiceConnections[0].properties.groupIds = ['file']),
  },
  {
    rule: network,
    what: 'another zone',
    variant: EVERYTHING,
    mutate: (s) => {
      const [zone] = the(s, 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups', 'data-queue')
        .properties.privateDnsZoneConfigs;
      zone.properties.privateDnsZoneId = zone.properties.privateDnsZoneId.replace("'queue'", "'blob'");
    },
  },
  {
    rule: subnets,
    what: 'an app outside',
    variant: EVERYTHING,
    mutate: (s) => (the(s, SITE).properties.virtualNetworkSubnetId = null),
  },
  {
    rule: subnets,
    what: 'a training outside',
    variant: EVERYTHING,
    mutate: (s) => (the(s, ENVIRONMENT).properties.vnetConfiguration = null),
  },
  {
    rule: door,
    what: 'everybody',
    variant: FRONT_DOOR,
    mutate: (s) => (the(s, SITE).properties.siteConfig.ipSecurityRestrictionsDefaultAction = 'Allow'),
  },
  {
    rule: door,
    what: 'every Front Door',
    variant: FRONT_DOOR,
    mutate: (s) => delete the(s, SITE).properties.siteConfig.ipSecurityRestrictions[0].headers,
  },
  {
    rule: door,
    what: 'no events',
    variant: FRONT_DOOR,
    mutate: (s) => the(s, SITE).properties.siteConfig.ipSecurityRestrictions.pop(),
  },
  {
    rule: leads,
    what: 'http',
    variant: FRONT_DOOR,
    mutate: (s) =>
      (the(s, 'Microsoft.Cdn/profiles/afdEndpoints/routes').properties.forwardingProtocol = 'MatchRequest'),
  },
  {
    rule: leads,
    what: 'a firewall that only looks',
    variant: FRONT_DOOR,
    mutate: (s) => (firewall(s).policySettings.mode = 'Detection'),
  },
  {
    rule: leads,
    what: 'no limit',
    variant: FRONT_DOOR,
    mutate: (s) => (firewall(s).customRules.rules[0].ruleType = 'MatchRule'),
  },
  {
    rule: leads,
    what: 'a limit for nobody',
    variant: FRONT_DOOR,
    mutate: (s) => (firewall(s).customRules.rules[0].matchConditions[0].matchValue = ['192.0.2.0/24']),
  },
  {
    rule: leads,
    what: 'a firewall of another sku',
    variant: FRONT_DOOR,
    mutate: (s) =>
      (the(s, 'Microsoft.Network/frontDoorWebApplicationFirewallPolicies').sku.name =
        'Premium_AzureFrontDoor'),
  },
  {
    rule: leads,
    what: 'a limit that nobody reaches',
    variant: FRONT_DOOR,
    mutate: (s) => (limit(s).rateLimitThreshold = 1_000_000),
  },
  {
    rule: leads,
    what: 'another thing that is looked at',
    variant: FRONT_DOOR,
    mutate: (s) => (limit(s).matchConditions[0].matchVariable = 'RequestUri'),
  },
  {
    rule: leads,
    what: 'all but everybody',
    variant: FRONT_DOOR,
    mutate: (s) => (limit(s).matchConditions[0].negateCondition = true),
  },
  {
    rule: leads,
    what: 'a firewall for some paths',
    variant: FRONT_DOOR,
    mutate: (s) =>
      (the(
        s,
        'Microsoft.Cdn/profiles/securityPolicies',
      ).properties.parameters.associations[0].patternsToMatch = ['/api/models/*']),
  },
  {
    rule: leads,
    what: 'another group of origins',
    variant: FRONT_DOOR,
    mutate: (s) => (the(s, 'Microsoft.Cdn/profiles/afdEndpoints/routes').properties.originGroup.id += 's'),
  },
  {
    rule: leads,
    what: 'an origin of another group',
    variant: FRONT_DOOR,
    mutate: (s) => {
      const origin = the(s, 'Microsoft.Cdn/profiles/originGroups/origins');
      origin.id = origin.id.replace('/originGroups/app/', '/originGroups/other/');
    },
  },
  {
    rule: leads,
    what: 'a route of no host',
    variant: FRONT_DOOR,
    mutate: (s) =>
      (the(s, 'Microsoft.Cdn/profiles/afdEndpoints/routes').properties.linkToDefaultDomain = 'Disabled'),
  },
  {
    rule: groups,
    what: 'everybody',
    variant: EVERYTHING,
    mutate: (s) => (inbound(s)[1].properties.access = 'Allow'),
  },
  {
    rule: groups,
    what: 'another port',
    variant: EVERYTHING,
    mutate: (s) => (inbound(s)[0].properties.destinationPortRange = '445'),
  },
  { rule: groups, what: 'no rule', variant: EVERYTHING, mutate: (s) => inbound(s).splice(0) },
  {
    rule: groups,
    what: 'no way out',
    variant: EVERYTHING,
    mutate: (s) =>
      the(s, 'Microsoft.Network/networkSecurityGroups', 'outbound').properties.securityRules.push({
        name: 'nothing',
        properties: { access: 'Deny', direction: 'Outbound', priority: 100 },
      }),
  },
  {
    rule: groups,
    what: 'a subnet without a group',
    variant: EVERYTHING,
    mutate: (s) => delete subnet(s, 2).networkSecurityGroup,
  },
];
