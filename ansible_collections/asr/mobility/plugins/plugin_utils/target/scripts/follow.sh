# shellcheck shell=sh
# Needs process.sh, run_status.sh. STAGING, WAIT (seconds): block until nothing of the run lives or the time is over.
# shellcheck disable=SC2154 # the variables are set by the target
asr_until=$(($(date +%s) + WAIT))
while asr_run_alive "$STAGING/run" && [ "$(date +%s)" -lt "$asr_until" ]; do
    sleep 0.5 2>/dev/null || sleep 1
done
asr_run_status "$STAGING"
