# shellcheck shell=sh
# Needs process.sh, run_status.sh. STAGING, TOKEN (of our claim), RUNNER and BODY (complete texts), UNIT, LOCK.
# Started once: mkdir started, then the unit name (systemd) or the lock directory (elsewhere) hold a second one off.
# shellcheck disable=SC2154 # the variables are set by the target

asr_systemd_manages() {
    [ -d /run/systemd/system ] && command -v systemd-run >/dev/null 2>&1 &&
        systemctl show --property=Version >/dev/null 2>&1
}

asr_start_unit() {
    # a unit that failed keeps its name until it is reset; one that is active keeps it rightly
    if [ "$(systemctl show --property=ActiveState "$UNIT.service" 2>/dev/null)" = ActiveState=failed ]; then
        systemctl reset-failed "$UNIT.service" >/dev/null 2>&1
    fi
    # KillMode=process: whatever ends the unit, only the runner is asked, never the installer it waits for
    systemd-run --unit="$UNIT" --description="Mobility service run" --property=KillMode=process \
        /bin/sh "$asr_run/runner.sh" </dev/null 2>&1
}

# A unit that has ended keeps its name while anything it started lives in its control group, and where systemd is not
# told that the group is empty (version 1 inside a container) even longer. Stopping what is not active ends nothing.
asr_free_unit() {
    [ "$(systemctl show --property=ActiveState "$UNIT.service" 2>/dev/null)" = ActiveState=inactive ] || return 1
    [ -z "$(asr_unit_members)" ] && systemctl stop "$UNIT.service" >/dev/null 2>&1
}

# What holds the name, for the message: an administrator can end it, we never do.
asr_unit_holders() {
    for asr_member in $(asr_unit_members); do
        printf '; process %s %s is in it' "$asr_member" "$(asr_process_name "$asr_member")"
    done
}

# A lock whose owner is dead is moved away, so of two that see it dead only one removes it.
asr_take_lock() {
    mkdir "$LOCK" 2>/dev/null && return 0
    ! asr_recorded_alive "$LOCK/owner" || return 1
    [ -e "$LOCK/owner" ] || ! asr_younger "$LOCK" 1 || return 1
    mv "$LOCK" "$LOCK.$TOKEN" 2>/dev/null && rm -rf "$LOCK.$TOKEN"
    mkdir "$LOCK" 2>/dev/null
}

asr_start_session() {
    asr_take_lock || {
        echo "another run holds $LOCK"
        return 1
    }
    exec setsid /bin/sh "$asr_run/runner.sh" </dev/null >/dev/null 2>&1 &
}

asr_run=$STAGING/run
[ "$(sed -n 's/^token=//p' "$asr_run/claim" 2>/dev/null)" = "$TOKEN" ] || asr_fail claimed "no claim of ours at $asr_run"
mkdir "$asr_run/started" 2>/dev/null || asr_fail claimed "a run in $asr_run that was started before"
{ printf '%s' "$BODY" >"$asr_run/body.sh" && printf '%s' "$RUNNER" >"$asr_run/runner.sh"; } ||
    asr_fail failed "cannot write to $asr_run"
if asr_systemd_manages; then
    asr_message=$(asr_start_unit) || { asr_free_unit && asr_message=$(asr_start_unit); } || {
        rmdir "$asr_run/started"
        asr_fail claimed "$asr_message$(asr_unit_holders)"
    }
else
    asr_start_session || {
        rmdir "$asr_run/started"
        asr_fail claimed "another run holds $LOCK"
    }
fi
asr_tries=0
while [ ! -e "$asr_run/process" ]; do
    asr_tries=$((asr_tries + 1))
    [ "$asr_tries" -le 100 ] || asr_fail failed "the run did not begin within 20 seconds"
    sleep 0.2 2>/dev/null || sleep 1
done
