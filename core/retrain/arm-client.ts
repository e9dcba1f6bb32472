/**
 * @module core/retrain/arm-client
 * The connection to Azure Resource Manager. Its library is loaded at first use: nobody who only classifies needs it.
 */
import type { ContainerAppsAPIClient } from '@azure/arm-appcontainers';
import type { TokenCredential } from '@azure/identity';

export interface ArmSettings {
  subscriptionId: string;
  /** `https://management.azure.com`, or that of a national cloud; `http://127.0.0.1:…` in tests. */
  endpoint: string;
  credential: () => Promise<TokenCredential>;
}

/** Nothing is sent yet. A request is made once: who asks knows whether it may be made again. */
export async function connectArm({
  subscriptionId,
  endpoint,
  credential,
}: ArmSettings): Promise<ContainerAppsAPIClient> {
  const { ContainerAppsAPIClient } = await import('@azure/arm-appcontainers');
  const identity = await credential();
  const client = new ContainerAppsAPIClient(identity, subscriptionId, {
    endpoint,
    $host: endpoint,
    retryOptions: { maxRetries: 0 },
  });
  if (endpoint.startsWith('http://127.0.0.1:')) signWithoutTls(client, identity, endpoint);
  return client;
}

/** The library gives a token to https only, for good reason. On this machine's own loopback nobody can listen. */
function signWithoutTls(client: ContainerAppsAPIClient, identity: TokenCredential, endpoint: string): void {
  client.pipeline.removePolicy({ name: 'bearerTokenAuthenticationPolicy' });
  client.pipeline.addPolicy({
    name: 'loopbackToken',
    async sendRequest(request, next) {
      const token = await identity.getToken(`${endpoint}/.default`);
      request.headers.set('authorization', `Bearer ${token?.token}`);
      request.allowInsecureConnection = true;
      return next(request);
    },
  });
}
