#!/bin/sh
# Bare parallel ssh: one session a host, nothing else.
# Arguments: sessions at once; standard input of each; the command; the addresses in one word; then the ssh command.
set -eu
forks=$1 input=$2 command=$3 addresses=$4
shift 4
# shellcheck disable=SC2016,SC2086  # for the inner shell; the addresses are meant to be split
printf '%s\n' $addresses | xargs -P "$forks" -I '{}' \
    sh -c 'input=$1 command=$2 address=$3; shift 3; exec "$@" "root@$address" "$command" <"$input"' \
    one "$input" "$command" '{}' "$@"
