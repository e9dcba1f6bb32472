// Who may reach a storage account from outside. Identities and rights are asked for in any case.

@description('Rules of an account.')
@export()
type networkRules = {
  @description('Event Grid, which writes events that nobody took, and Azure Monitor come in as trusted services.')
  bypass: 'AzureServices'
  @description('What is done with everybody else.')
  defaultAction: 'Allow' | 'Deny'
  @description('Addresses that are let in all the same.')
  ipRules: { action: 'Allow', value: string }[]
}

@description('Closed to all but private endpoints, trusted services and `addresses` when `isPrivate`, else open to who has the right.')
@export()
func rulesFor(isPrivate bool, addresses string[]) networkRules => {
  bypass: 'AzureServices'
  defaultAction: isPrivate ? 'Deny' : 'Allow'
  ipRules: map(addresses, address => { action: 'Allow', value: address })
}
