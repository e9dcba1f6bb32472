/**
 * @module core/managed-identity
 * Who the app is on Azure.
 */
import { ManagedIdentityCredential } from '@azure/identity';

/** The identity with this client id; without one the only one that there is. */
export function managedIdentity(clientId: string | undefined): ManagedIdentityCredential {
  return clientId === undefined
    ? new ManagedIdentityCredential()
    : new ManagedIdentityCredential({ clientId });
}
