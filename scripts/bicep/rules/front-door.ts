/**
 * @module scripts/bicep/rules/front-door
 * Front Door, where it is asked for.
 */
import { differs, ofType, type Resource, referenceIn } from '../resources.ts';
import { theApp } from './function-app.ts';
import type { Rule } from './rule.ts';

/** Of one address: docs/deploy.md. */
const REQUESTS_A_MINUTE = 120;

/** A rule needs a condition; this one holds of every request. */
const EVERYBODY = [
  {
    matchVariable: 'SocketAddr',
    operator: 'IPMatch',
    negateCondition: false,
    matchValue: ['0.0.0.0/0', '::/0'],
  },
];

export const FRONT_DOOR_RULES: readonly Rule[] = [
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
      const group = ofType(snapshot, 'Microsoft.Cdn/profiles/originGroups')[0];
      const origins = ofType(snapshot, 'Microsoft.Cdn/profiles/originGroups/origins');
      const origin = origins[0]?.properties;
      const firewall = snapshot.predictedResources.find(({ type }) =>
        /FrontDoorWebApplicationFirewallPolicies$/i.test(type),
      );
      const security = ofType(snapshot, 'Microsoft.Cdn/profiles/securityPolicies')[0]?.properties.parameters;
      const endpoint = ofType(snapshot, 'Microsoft.Cdn/profiles/afdEndpoints')[0];
      const rule = firewall?.properties.customRules.rules[0];
      const app = { id: theApp(snapshot).id, property: 'defaultHostName' };
      return [
        ...differs('route: paths', route?.patternsToMatch, ['/api/*']),
        ...differs('route: to', route?.originGroup?.id, group?.id),
        ...differs('route: of the endpoint', route?.linkToDefaultDomain, 'Enabled'),
        ...differs('route: to the app by', route?.forwardingProtocol, 'HttpsOnly'),
        ...differs('route: http', route?.httpsRedirect, 'Enabled'),
        ...differs(
          'origins of the group',
          origins.map(({ id }) => id.replace(/\/origins\/[^/]+$/, '')),
          [group?.id],
        ),
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
        ...differs('limit: rules', firewall?.properties.customRules.rules.length, 1),
        ...differs(
          'limit: how much',
          [rule?.rateLimitThreshold, rule?.rateLimitDurationInMinutes],
          [REQUESTS_A_MINUTE, 1],
        ),
        ...differs('limit: whom', rule?.matchConditions, EVERYBODY),
        ...differs('the firewall is for', security?.associations?.[0]?.patternsToMatch, ['/*']),
        ...differs('the firewall is on', security?.associations?.[0]?.domains?.[0]?.id, endpoint?.id),
        ...(security?.wafPolicy?.id.toLowerCase() === firewall?.id.toLowerCase()
          ? []
          : ['another firewall is on']),
      ];
    },
  },
];
