# shellcheck shell=bash
# Runtime of the installer double: traps, faults and the record of runs.
# Not part of the real product. Sourced by every script that can misbehave.
# Needs DOUBLE_HOME, the directory of double.conf (lines "fault NAME", "without-trap NAME").

DOUBLE_CONTROL=/etc/asr-double/faults
DOUBLE_RELEASE=/run/asr-double/release
DOUBLE_RUNS=/var/log/asr-double-runs.log

# Is this one of the lines of the file? Without starting a program: it is asked a hundred times a run.
has_line() { # file line
    local line
    [ -r "$1" ] || return 1
    while read -r line; do
        [ "$line" != "$2" ] || return 0
    done <"$1"
    return 1
}

# Is the named trap (a surprising fact of the real installer) switched on?
trap_on() {
    ! has_line "$DOUBLE_HOME/double.conf" "without-trap $1"
}

# Print the value of the fault NAME=value; the second argument is the value of a bare NAME.
fault_value() {
    local file line
    for file in "$DOUBLE_HOME/double.conf" "$DOUBLE_CONTROL"; do
        [ -r "$file" ] || continue
        while read -r line; do
            line=${line#fault }
            case $line in
                "$1") printf '%s\n' "${2:-}" && return ;;
                "$1="*) printf '%s\n' "${line#*=}" && return ;;
            esac
        done <"$file"
    done
}

# Is the fault NAME injected, with or without a value?
fault_on() {
    [ -n "$(fault_value "$1" yes)" ]
}

run_log() { # event program detail
    printf '%s %s %s pid=%s %s\n' "$(date +%s)" "$1" "$2" "$$" "$3" 2>/dev/null >>"$DOUBLE_RUNS" || :
}

# The real programs wait 5 to 180 seconds between tries; nobody wants that in a test.
pause() { # seconds the real program would wait
    local wait
    wait=$(fault_value time:wait)
    if fault_on time:real; then wait=$1; fi
    sleep "${wait:-0.2}"
}

# Hang, die or be slow at a named point of a program.
fault_point() { # program point default-point
    if [ "$2" = "$3" ] && fault_on "$1:slow"; then
        sleep "$(fault_value "$1:slow" 10)"
    fi
    if [ "$(fault_value "$1:hang" "$3")" = "$2" ]; then
        run_log hang "$1" "at=$2"
        while [ ! -e "$DOUBLE_RELEASE" ]; do sleep 0.2; done
    fi
    if [ "$(fault_value "$1:die" "$3")" = "$2" ]; then
        run_log die "$1" "at=$2"
        kill -KILL ${DOUBLE_DIES_WITH:+"$DOUBLE_DIES_WITH"} "$$"
    fi
}
