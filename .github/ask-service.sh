#!/usr/bin/env bash
# Asks the service that was just deployed whether it works, at the address that clients use (Front Door's, where there is
# one: the app itself is closed then) and as its own settings say that it asks: for a token, a key or nothing.
#
#     .github/ask-service.sh [options of npm run smoke]
#
# AZURE_RESOURCE_GROUP and FUNCTION_APP name the app; azd is logged in, and has its environment. With tokens,
# SMOKE_TOKEN_RESOURCE, where it is set, is what this run's own identity gets a token for.
set -euo pipefail

address=$(azd env get-value SERVICE_URL)
settings=$(az functionapp config appsettings list --resource-group "$AZURE_RESOURCE_GROUP" --name "$FUNCTION_APP" --output json)
setting() { jq --raw-output --arg name "$1" 'map(select(.name == $name).value)[0] // ""' <<<"$settings"; }
key() { az functionapp keys list --resource-group "$AZURE_RESOURCE_GROUP" --name "$FUNCTION_APP" --query "$1" --output tsv; }

level=$(setting CLASSIFY_AUTH_LEVEL)
if [ -n "$(setting AUTH_ISSUER)" ]; then
  auth=token
  if [ -n "${SMOKE_TOKEN_RESOURCE:-}" ]; then
    SMOKE_TOKEN=$(az account get-access-token --resource "$SMOKE_TOKEN_RESOURCE" --query accessToken --output tsv)
    echo "::add-mask::$SMOKE_TOKEN"
    export SMOKE_TOKEN
  fi
elif [ "$level" = anonymous ]; then
  auth=none
else
  auth=key
  # What a client's key opens is closed at the level admin.
  SMOKE_KEY=$(key "$([ "$level" = admin ] && echo masterKey || echo functionKeys.default)")
  echo "::add-mask::$SMOKE_KEY"
  export SMOKE_KEY
fi
npm run smoke -- "$address" --auth "$auth" --wait 300 "$@"
