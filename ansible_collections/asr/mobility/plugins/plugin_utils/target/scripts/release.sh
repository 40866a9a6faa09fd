# shellcheck shell=sh
# Needs process.sh, run_status.sh. STAGING, UNIT, TOKEN (of the run that was looked at, empty for one without a claim
# file; any: whichever is there).
# Renamed before it is removed, so that nobody sees half a run and only one of two removes it. Nothing is killed.
# shellcheck disable=SC2154 # the variables are set by the target
asr_run=$STAGING/run
if [ -L "$asr_run" ] || [ ! -d "$asr_run" ]; then
    exit 0
fi
asr_found=$(sed -n 's/^token=//p' "$asr_run/claim" 2>/dev/null)
[ "$TOKEN" = any ] || [ "$asr_found" = "$TOKEN" ] || asr_fail claimed "another run in $asr_run"
! asr_run_alive "$asr_run" || asr_fail alive "a live run in $asr_run${asr_working:+: process $asr_working}"
mv "$asr_run" "$STAGING/released.$$" 2>/dev/null || {
    [ -d "$asr_run" ] || exit 0 # another task that followed the same run was faster
    asr_fail failed "cannot rename $asr_run"
}
asr_message=$(rm -rf "$STAGING"/released.* 2>&1) || asr_fail failed "$asr_message"
if [ -d /run/systemd/system ] &&
    [ "$(systemctl show --property=ActiveState "$UNIT.service" 2>/dev/null)" = ActiveState=failed ]; then
    systemctl reset-failed "$UNIT.service" >/dev/null 2>&1
fi
exit 0
