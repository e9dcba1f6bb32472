// A letter before it gets dear. It stops nothing.

@description('Ending that makes the name unique.')
param suffix string

@description('In the currency of the subscription, each month.')
param amount int

@description('First day of a month, as 2026-12-01. Azure takes the current month for a new budget, and keeps it afterwards.')
@minLength(10)
@maxLength(10)
param startDate string

@description('Who gets the letters.')
param actionGroupId string

resource budget 'Microsoft.Consumption/budgets@2023-11-01' = {
  name: 'budget-${suffix}'
  properties: {
    category: 'Cost'
    amount: amount
    timeGrain: 'Monthly'
    timePeriod: { startDate: startDate }
    notifications: {
      spent: {
        enabled: true
        operator: 'GreaterThan'
        threshold: 80
        thresholdType: 'Actual'
        contactEmails: []
        contactGroups: [actionGroupId]
      }
      expected: {
        enabled: true
        operator: 'GreaterThan'
        threshold: 100
        thresholdType: 'Forecasted'
        contactEmails: []
        contactGroups: [actionGroupId]
      }
    }
  }
}
