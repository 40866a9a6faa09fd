# shellcheck shell=sh
# Needs process.sh. How a detached run stands, as lines run.KEY=VALUE; runs.py reads them.

# asr_run_alive RUN: the runner or the body lives, or the start is so fresh that neither has written its identity yet,
# or something the body started still works without them (asr_working then names it: "PID NAME").
asr_run_alive() {
    asr_working=
    asr_recorded_alive "$1/process" || asr_recorded_alive "$1/body" || asr_run_settling "$1" || asr_run_works_on "$1"
}

asr_run_settling() {
    [ -d "$1/started" ] && [ ! -e "$1/process" ] && asr_younger "$1/started" 1
}

# asr_run_works_on RUN: when runner and body are gone, whether a process they left behind may still need the run.
#
# It counts when all of this holds:
# - it is of this run: in the session that the runner led, or in the unit's control group (where one is used), and in
#   our process namespace. Somebody who looks around in the directory, or a container's process, is not.
# - its working directory or root lies in the run. A daemon goes to / or lives elsewhere; the scripts of a program
#   that was unpacked in the run work there.
# - the program was killed (no exit code, or 128 + signal): whatever it had started was in the middle of something.
#   When it ended by itself, its own word that it is done is believed, except for what still holds the run's output:
#   that is no daemon.
# - it is no daemon that the run's manifest names, nor anything of one: without systemd those are of the run's session.
# The limit: another daemon that shares the session, stays in the run, and whose starter was killed counts until it ends;
# the phase's detail names it. Waiting for nothing is the smaller harm: nobody removes files under live work.
asr_run_works_on() {
    { read -r asr_leader asr_start asr_boot <"$1/process"; } 2>/dev/null || return 1
    [ "$asr_boot" = "$(asr_boot_id)" ] || return 1
    asr_inside=$(cd "$1" 2>/dev/null && pwd -P) || return 1
    for asr_member in $(asr_session_members "$asr_leader" "$asr_start") $(asr_unit_members); do
        asr_same_namespace "$asr_member" || continue
        asr_links_into "$asr_inside" "$asr_member" cwd root || continue
        ! asr_is_daemon "$1" "$asr_member" || continue
        asr_run_was_killed "$1" || asr_links_into "$asr_inside/output" "$asr_member" fd/1 fd/2 || continue
        asr_process_start "$asr_member" >/dev/null || continue # it may have ended while it was looked at
        asr_working="$asr_member $(asr_process_name "$asr_member")"
        return 0
    done
    return 1
}

# asr_is_daemon RUN PID: true when the process or one it descends from has a name of the manifest's line daemons=.
asr_is_daemon() {
    asr_daemons=" $(sed -n 's/^daemons=//p' "$1/manifest" 2>/dev/null) "
    asr_ancestor=$2
    while [ "${asr_ancestor:-1}" -gt 1 ]; do
        case $asr_daemons in
            *" $(asr_process_name "$asr_ancestor") "*) return 0 ;;
        esac
        asr_ancestor=$(sed -n 's/.*) [^ ] \([0-9]*\) .*/\1/p' "/proc/$asr_ancestor/stat" 2>/dev/null)
    done
    return 1
}

# asr_session_members LEADER START: the processes of its session; none when another process has that id by now.
asr_session_members() {
    asr_now=$(asr_process_start "$1")
    [ -z "$asr_now" ] || [ "$asr_now" = "$2" ] || return 0
    # state, parent, group and session follow the name, which may itself hold blanks and brackets
    cat /proc/[0-9]*/stat 2>/dev/null | sed -n "s/^\([0-9]*\) (.*) [^ ] [0-9]* [0-9]* $1 .*/\1/p"
}

# asr_unit_members: the processes in the control group of the unit (its name is UNIT in runs.py).
asr_unit_members() {
    grep -ls '/asr-mobility-run\.service' /proc/[0-9]*/cgroup 2>/dev/null | sed 's,^/proc/\([0-9]*\)/.*,\1,'
}

asr_same_namespace() {
    [ "$(readlink "/proc/$1/ns/pid" 2>/dev/null)" = "$(readlink /proc/self/ns/pid 2>/dev/null)" ]
}

# asr_links_into PATH PID LINK...: true when one of these links of the process leads to PATH or below it.
asr_links_into() {
    asr_path=$1
    asr_process=/proc/$2
    shift 2
    for asr_link; do
        case $(readlink "$asr_process/$asr_link" 2>/dev/null)/ in
            "$asr_path"/*) return 0 ;;
        esac
    done
    return 1
}

asr_run_was_killed() {
    { read -r asr_code <"$1/status"; } 2>/dev/null || return 0
    [ "$asr_code" -gt 128 ] && [ "$asr_code" -lt 160 ]
}

# asr_process_name PID: the name in field 2, reduced to characters that are safe in a message.
asr_process_name() {
    { IFS= read -r asr_stat <"/proc/$1/stat"; } 2>/dev/null || return 0
    asr_stat=${asr_stat#*\(}
    printf '%s' "${asr_stat%)*}" | tr -cd 'A-Za-z0-9 ._:/-'
}

# asr_upload_younger MINUTES RUN: true when an upload directory of the controller that claimed the run changed lately.
# Files that are being brought grow there, not in the run.
asr_upload_younger() {
    asr_claimant=$(sed -n 's/^controller=//p' "$2/claim" 2>/dev/null)
    [ -n "$asr_claimant" ] || return 1
    for asr_upload in /var/tmp/asr-mobility-upload.* /tmp/asr-mobility-upload.*; do
        if [ -L "$asr_upload" ] || [ -L "$asr_upload/owner" ] || [ ! -f "$asr_upload/owner" ]; then continue; fi
        [ "$(head -c 200 "$asr_upload/owner" | head -n 1)" = "$asr_claimant" ] || continue
        ! asr_younger "$asr_upload" "$1" || return 0
    done
    return 1
}

# asr_run_status STAGING
asr_run_status() {
    asr_run=$1/run
    printf 'run.directory=%s\n' "$asr_run"
    if [ -L "$asr_run" ] || [ ! -d "$asr_run" ]; then
        printf 'run.present=0\n'
        return 0
    fi
    printf 'run.present=1\n'
    # alive first, exit code after it: a run that ends between the two is then seen as running, never as dead
    if asr_run_alive "$asr_run"; then printf 'run.alive=1\n'; else printf 'run.alive=0\n'; fi
    [ -z "$asr_working" ] || printf 'run.working=%s\n' "$asr_working"
    if [ -d "$asr_run/started" ]; then printf 'run.started=1\n'; else printf 'run.started=0\n'; fi
    if asr_younger "$1" 30 || asr_upload_younger 30 "$asr_run"; then printf 'run.recent=1\n'; else printf 'run.recent=0\n'; fi
    asr_prefixed_lines run.process= "$asr_run/process"
    asr_prefixed_lines run.code= "$asr_run/status"
    asr_prefixed_lines run.claim. "$asr_run/claim"
    asr_prefixed_lines run.manifest. "$asr_run/manifest"
}

# asr_prefixed_lines PREFIX FILE: its lines, each behind the prefix; nothing for a file that is not there.
asr_prefixed_lines() {
    [ -f "$2" ] || return 0
    while IFS= read -r asr_line; do
        printf '%s%s\n' "$1" "$asr_line"
    done <"$2"
}
