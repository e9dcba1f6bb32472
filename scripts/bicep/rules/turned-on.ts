/**
 * @module scripts/bicep/rules/turned-on
 * What compiles and does nothing, or does it elsewhere: switches that are off, and regions.
 */
import { differs, ofType } from '../resources.ts';
import { LOCATION } from '../variants.ts';
import type { Rule } from './rule.ts';

/** Resources that say whether they are on. */
const SWITCHES: Readonly<Record<string, [key: string, on: unknown]>> = {
  'Microsoft.Insights/actionGroups': ['enabled', true],
  'Microsoft.Insights/metricAlerts': ['enabled', true],
  'Microsoft.Insights/scheduledQueryRules': ['enabled', true],
  'Microsoft.Insights/webtests': ['Enabled', true],
  'Microsoft.Cdn/profiles/afdEndpoints': ['enabledState', 'Enabled'],
  'Microsoft.Cdn/profiles/afdEndpoints/routes': ['enabledState', 'Enabled'],
  'Microsoft.Cdn/profiles/originGroups/origins': ['enabledState', 'Enabled'],
};

const GLOBAL =
  /^Microsoft\.(Cdn\/profiles(\/afdEndpoints)?|Insights\/(actionGroups|metricAlerts)|Network\/(FrontDoorWebApplicationFirewallPolicies|privateDnsZones(\/virtualNetworkLinks)?))$/i;
/** What goes to where the training is. */
const TRAINING = /^Microsoft\.(App|ContainerRegistry)\//;

/** Paths of switches in `value` that are off. */
function switchesOff(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    /^enabled(State)?$/i.test(key) && inner !== true && inner !== 'Enabled'
      ? [`${path}${key} is ${JSON.stringify(inner)}`]
      : switchesOff(inner, `${path}${key}.`),
  );
}

export const TURNED_ON_RULES: readonly Rule[] = [
  {
    name: 'nothing is there that is turned off',
    check: (snapshot) => [
      ...snapshot.predictedResources.flatMap(({ name, properties }) =>
        switchesOff(properties).map((what) => `${name}: ${what}`),
      ),
      ...Object.entries(SWITCHES).flatMap(([type, [key, on]]) =>
        ofType(snapshot, type).flatMap(({ name, properties }) =>
          differs(`${name}: ${key}`, properties[key], on),
        ),
      ),
    ],
  },
  {
    name: 'everything is in the region that was asked for',
    template: 'main',
    check: (snapshot, { env }) =>
      snapshot.predictedResources
        .filter(({ location }) => location !== undefined)
        .flatMap(({ name, type, location }) => {
          const asked = (TRAINING.test(type) && env.PAWPRINT_TRAINING_LOCATION) || LOCATION;
          return differs(`${name}: location`, location, GLOBAL.test(type) ? 'global' : asked);
        }),
  },
];
