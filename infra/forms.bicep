// Forms of parameters that the language has no type for.

@description('What the fields of a schedule are written with. What they may say: core/settings/schedules.ts.')
var scheduleLetters = '0123456789*,/-abcdefghijklmnopqrstuvwxyz'

@description('The fields of `text`, which spaces part.')
func fieldsOf(text string) string[] => filter(split(text, ' '), field => !empty(field))

@description('Whether `text` has six fields of such letters. What a field may say is not looked at.')
@export()
func isSchedule(text string) bool =>
  length(fieldsOf(text)) == 6 && empty(filter(
    range(0, length(text)),
    index => !contains('${scheduleLetters} ', toLower(substring(text, index, 1)))
  ))

@description('A region as Azure writes it: West US 3 is westus3.')
@export()
func regionName(region string) string => toLower(replace(region, ' ', ''))
