#!/bin/bash
# kubernetes_check.sh TOOLS CONVOY: renders conf/kubernetes and conf/helm, and validates every object with
# the program of tests/kubernetes; loads every configuration inside with CONVOY; then the examples of
# mistakes, each of which must be refused. TOOLS holds helm, kustomize and kubernetes_validate.
# The last line says how many checks passed, failed and were skipped.
set -uo pipefail
tools=$1 convoy=$2
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/configs"
passed=0 failed=0 skipped=0
ok() { passed=$((passed + 1)); }
bad() { failed=$((failed + 1)); echo "FAILED: $1"; grep -v 'found symbolic link' "$2" | head -n 12 | sed 's/^/    /'; }
skip() { skipped=$((skipped + 1)); echo "SKIPPED: $1"; }
# check NAME COMMAND...: its output only if it fails.
check() {
  local name=$1; shift
  if "$@" >"$work/out" 2>&1; then ok; else bad "$name" "$work/out"; fi
}
has() { [ -x "$tools/$1" ]; }
validate() { check "$1" "$tools/kubernetes_validate" -configs "$work/configs" "$2"; }
helm() { "$tools/helm" "$@"; }

# The API server's rules.
if has kubernetes_validate; then
  for file in conf/kubernetes/*.yaml tests/kubernetes/good/*.yaml; do validate "$file" "$file"; done
  for file in tests/kubernetes/bad/*.yaml; do
    want=$(sed -n '1s/^# expect: //p' "$file")
    if "$tools/kubernetes_validate" "$file" >"$work/out" 2>&1; then bad "$file was not refused" "$work/out"
    elif grep -qF -- "$want" "$work/out"; then ok
    else bad "$file was refused for another reason than: $want" "$work/out"; fi
  done
else
  skip "validation of manifests: kubernetes_validate could not be built (it needs Go 1.24 and its modules)"
fi

# Kustomize.
if has kustomize; then
  for folder in conf/kubernetes/base conf/kubernetes/overlays/*/; do
    rendered=$work/$(basename "$folder").yaml
    check "kustomize build $folder" "$tools/kustomize" build "$folder" -o "$rendered"
    has kubernetes_validate && [ -s "$rendered" ] && validate "$folder" "$rendered"
  done
else
  skip "kustomizations: kustomize could not be installed"
fi

# Helm. ci/ has values that together make every line of every template.
if has helm; then
  chart=conf/helm/convoy
  printf '{}\n' >"$work/defaults.yaml"
  # helm shows NOTES.txt to whom has a cluster; here it is the text of an object in a copy.
  cp -rL "$chart" "$work/notes"
  mv "$work/notes/templates/NOTES.txt" "$work/notes/files/notes.txt"
  echo 'text: {{ tpl (.Files.Get "files/notes.txt") . | quote }}' >"$work/notes/templates/notes.yaml"
  for values in "$work/defaults.yaml" "$chart"/ci/*.yaml; do
    name=$(basename "$values" .yaml)
    check "helm lint, $name" helm lint --strict --kube-version 1.34 -f "$values" "$chart"
    rendered=$work/helm-$name.yaml
    if helm template edge "$chart" -n default --kube-version 1.34 -f "$values" >"$rendered" 2>"$work/out"; then ok
    else bad "helm template, $name" "$work/out"; continue; fi
    has kubernetes_validate && validate "helm $name" "$rendered"
    check "NOTES.txt, $name" grep -q 'convoy reload --wait' <(helm template edge "$work/notes" --kube-version 1.34 -f "$values" -s templates/notes.yaml)
  done
  for values in tests/kubernetes/bad_values/*.yaml; do
    want=$(sed -n '1s/^# expect: //p' "$values")
    if helm template edge "$chart" --kube-version 1.34 -f "$values" >"$work/out" 2>&1; then bad "$values was not refused" "$work/out"
    elif grep -qF -- "$want" "$work/out"; then ok
    else bad "$values was refused for another reason than: $want" "$work/out"; fi
  done
  # The patch for a sidecar, applied to a Deployment of somebody else.
  if has kustomize && has kubernetes_validate; then
    mkdir "$work/patched"
    # kubectl takes a patch without a name, kustomize does not.
    { printf 'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: shop }\n'
      "$tools/kubernetes_validate" -print edge-convoy-patch/patch.yaml "$work/helm-sidecar.yaml"; } >"$work/patched/patch.yaml"
    grep -v '^# Source' "$work/helm-sidecar.yaml" >"$work/patched/convoy.yaml"
    cp tests/kubernetes/application.yaml "$work/patched/application.yaml"
    printf 'resources: [application.yaml, convoy.yaml]\npatches: [{ path: patch.yaml }]\n' \
      >"$work/patched/kustomization.yaml"
    check "the sidecar's patch applies" "$tools/kustomize" build "$work/patched" -o "$work/sidecar.yaml"
    validate "a Deployment with the sidecar" "$work/sidecar.yaml"
    check "the sidecar is in it" grep -q 'restartPolicy: Always' "$work/sidecar.yaml"
  fi
  check "helm package" helm package "$chart" -d "$work"
else
  skip "chart: helm could not be installed"
fi

# What is in the ConfigMaps, and the rules beside them.
if [ -x "$convoy" ]; then
  for config in "$work"/configs/*.yaml "$work"/configs/*.json; do
    [ -e "$config" ] && check "$(basename "$config")" "$convoy" --mode validate -c "$config"
  done
else
  skip "configurations inside ConfigMaps: $convoy is not built"
fi
check "conf/prometheus/prometheusrule.yaml is what the rules say" scripts/prometheus_rule.py --check

echo "kubernetes-check: $passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
