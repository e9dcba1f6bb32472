#!/usr/bin/env bash
# Finds whether the container registry has the image of the training job that this commit makes. Prints, as outputs of a
# step:
#
#     tag=inputs-…       by the hash of every file that goes into the image
#     digest=sha256:…    of the image with that tag; empty where there is none, or where it was asked for by hand
#
# REGISTRY is the registry's name; az is logged in.
set -euo pipefail

# What .dockerignore lets through, and what says how it is built.
tree=$(git ls-tree -r HEAD -- .dockerignore .npmrc package.json package-lock.json LICENSE THIRD-PARTY-NOTICES.md \
  core training starter/base scripts/keep-packages.ts scripts/paths.ts scripts/package)
tag="inputs-$(sha256sum <<<"$tree" | cut -c 1-32)"
digest=
if [ "${GITHUB_EVENT_NAME:-}" != workflow_dispatch ]; then
  # A registry that can't be asked builds: the push then says why it can't.
  digest=$(az acr repository show --name "$REGISTRY" --image "pawprint-training:$tag" --query digest --output tsv) || digest=
fi
echo "tag=$tag"
echo "digest=$digest"
