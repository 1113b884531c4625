#!/usr/bin/env bash
# What action.yml runs: bring a release of reqhash, verify it, run it. Everything comes by environment: INPUT_* as in
# action.yml, ACTION_REF, and what GitHub's runner sets. It runs with bash 3.2, which macOS has.
set -euo pipefail

fail() {
    printf '::error title=reqhash::%s\n' "${1//[$'\r\n']/ }"
    exit 2
}

# lines TEXT: the lines of a text that are not empty, without blanks around them, in the array LINES.
lines() {
    LINES=()
    local line
    while IFS= read -r line || [[ -n $line ]]; do
        line="${line#"${line%%[![:space:]]*}"}"
        line="${line%"${line##*[![:space:]]}"}"
        [[ -z $line ]] || LINES+=("$line")
    done <<<"$1"
}

version=${INPUT_VERSION:-${ACTION_REF:-}}
[[ $version =~ ^v?[0-9]+\.[0-9]+\.[0-9]+([-+][0-9A-Za-z.+-]*)?$ ]] ||
    fail "version is '$version': name a release such as v1.2.3, as the action is not used by the tag of one"
version=${version#v}

case ${RUNNER_OS:-$(uname -s)} in
    Linux) os=linux ;;
    macOS | Darwin) os=darwin ;;
    Windows | MINGW* | MSYS*) os=windows ;;
    *) fail "there is no release for this operating system" ;;
esac
case ${RUNNER_ARCH:-$(uname -m)} in
    X64 | x86_64) arch=amd64 ;;
    ARM64 | arm64 | aarch64) arch=arm64 ;;
    *) fail "there is no release for this processor" ;;
esac
archive=reqhash_${version}_${os}_${arch}.tar.gz
[[ $os != windows ]] || archive=reqhash_${version}_${os}_${arch}.zip

folder=$(mktemp -d "${RUNNER_TEMP:-/tmp}/reqhash.XXXXXX")
address=${INPUT_RELEASES%/}/v$version
# get NAME: fetch a file of the release. No redirection leads to a protocol that is not meant.
get() {
    curl --fail --silent --show-error --location --proto '=https,http' --proto-redir '=https' --retry 3 --max-time 300 \
        --output "$folder/$1" "$address/$1" || fail "cannot fetch $address/$1"
}
get "$archive"
if [[ -n ${INPUT_SHA256:-} ]]; then
    want=$INPUT_SHA256
else
    get checksums.txt
    want=$(awk -v name="$archive" '$2 == name { print $1 }' "$folder/checksums.txt")
fi
[[ $want =~ ^[0-9a-fA-F]{64}$ ]] || fail "there is no SHA-256 digest for $archive"
if command -v sha256sum >/dev/null; then
    got=$(sha256sum <"$folder/$archive")
else
    got=$(shasum -a 256 <"$folder/$archive")
fi
got=${got%% *}
[[ $got == "$(printf %s "$want" | tr A-F a-f)" ]] || fail "$archive is not what was published: its SHA-256 digest is $got, not $want"

if [[ $os == windows ]]; then
    unzip -q "$folder/$archive" reqhash.exe -d "$folder"
else
    tar -xzf "$folder/$archive" -C "$folder" reqhash
fi
rm -f "$folder/$archive" "$folder/checksums.txt"
[[ -z ${GITHUB_PATH:-} ]] || printf '%s\n' "$folder" >>"$GITHUB_PATH"

command=(check)
case ${INPUT_COMMAND:-check} in
    check | lint) command=("${INPUT_COMMAND:-check}") ;;
    fix) command=(fix --diff --color always) ;; # to be looked at in the log
    *) fail "command is '$INPUT_COMMAND': expected check, lint or fix" ;;
esac
command+=(--output github=-)
[[ -z ${INPUT_SARIF:-} ]] || command+=(--output "sarif=$INPUT_SARIF")
[[ -z ${INPUT_CONFIG:-} ]] || command+=(--config "$INPUT_CONFIG")
lines "${INPUT_ARGS:-}"
[[ ${#LINES[@]} == 0 ]] || command+=("${LINES[@]}")
lines "${INPUT_PATHS:-.}"
command+=(--)
[[ ${#LINES[@]} == 0 ]] || command+=("${LINES[@]}")

status=0
"$folder/reqhash" "${command[@]}" || status=$?
[[ -z ${GITHUB_OUTPUT:-} ]] || printf 'status=%s\n' "$status" >>"$GITHUB_OUTPUT"
exit "$status"
