# shellcheck shell=sh
# Needs private.sh, process.sh, run_status.sh. STAGING, MANIFEST (lines key=value), CONTROLLER, TOKEN.
# mkdir is the lock: it succeeds for one only.
# shellcheck disable=SC2154 # the variables are set by the target
asr_require_private "$STAGING"
asr_run=$STAGING/run
if asr_message=$(mkdir -m 700 "$asr_run" 2>&1); then
    {
        printf '%s' "$MANIFEST" >"$asr_run/manifest" &&
            printf 'controller=%s\ntoken=%s\nboot=%s\n' "$CONTROLLER" "$TOKEN" "$(asr_boot_id)" >"$asr_run/claim.part" &&
            mv "$asr_run/claim.part" "$asr_run/claim"
    } || asr_fail failed "cannot write to $asr_run"
elif [ -d "$asr_run" ]; then
    asr_run_status "$STAGING"
    asr_fail claimed "a run in $asr_run"
else
    asr_fail failed "$asr_message"
fi
