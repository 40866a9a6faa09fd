# shellcheck shell=sh
# STAGING, LIMIT: the last LIMIT bytes of what the run printed.
# shellcheck disable=SC2154 # the variables are set by the target
[ -f "$STAGING/run/output" ] || exit 0
tail -c "$LIMIT" "$STAGING/run/output"
