# shellcheck shell=sh
# A process id alone is no identity: ids are used again. With its start time and the boot it belongs to, it is one.

asr_boot_id() {
    cat /proc/sys/kernel/random/boot_id 2>/dev/null || echo unknown
}

# asr_process_start PID: its start time (field 22 of /proc/PID/stat); fails for a process that is gone or a zombie.
# The name in field 2 may hold spaces and brackets, so fields are counted after the last bracket.
asr_process_start() {
    asr_stat=
    { IFS= read -r asr_stat <"/proc/$1/stat"; } 2>/dev/null || return 1
    # shellcheck disable=SC2086 # the fields are meant to be split
    set -- ${asr_stat##*) }
    case ${1:-X} in
        X | Z | x) return 1 ;;
    esac
    [ $# -ge 20 ] || return 1
    shift 19
    printf '%s' "$1"
}

# asr_apart COMMAND...: become it, in a session of its own where that can be had. Daemons that it leaves behind would
# otherwise hang on our connection where no systemd starts them, and end with its terminal; a shell that waited for it in
# our session would end with the terminal too, and look as if the command had. So: only in a background process, which
# leads no group (setsid would go into the background before one that does).
asr_apart() {
    if command -v setsid >/dev/null 2>&1; then exec setsid "$@"; else exec "$@"; fi
}

# asr_record_process FILE: write "pid start boot" of this shell, complete or not at all.
asr_record_process() {
    printf '%s %s %s\n' "$$" "$(asr_process_start "$$")" "$(asr_boot_id)" >"$1.part" && mv -f "$1.part" "$1"
}

# asr_record_code CODE FILE: write the exit code, complete or not at all; what is already written stays.
# A program that was ended by a signal is 128 + signal everywhere; yash says 384 + signal.
asr_record_code() {
    asr_ended=$1
    [ "$asr_ended" -lt 384 ] || asr_ended=$((asr_ended - 256))
    [ -e "$2" ] || { printf '%s\n' "$asr_ended" >"$2.part" && mv -f "$2.part" "$2"; }
}

# asr_recorded_alive FILE: true when the process recorded there still lives.
asr_recorded_alive() {
    [ -f "$1" ] || return 1
    read -r asr_pid asr_start asr_boot <"$1" || return 1
    [ "$asr_boot" = "$(asr_boot_id)" ] || return 1
    [ "$(asr_process_start "$asr_pid")" = "$asr_start" ]
}

# asr_younger PATH MINUTES: true when something at or below PATH changed within that many minutes.
asr_younger() {
    [ -n "$(find "$1" -mmin "-$2" 2>/dev/null | head -n 1)" ]
}
