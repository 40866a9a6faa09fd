# shellcheck shell=bash
# Runtime of the installer double: traps, faults and the record of runs.
# Not part of the real product. Sourced by every script that can misbehave.
# Needs DOUBLE_HOME, the directory of double.conf (lines "fault NAME", "without-trap NAME").

DOUBLE_CONTROL=/etc/asr-double/faults
DOUBLE_RELEASE=/run/asr-double/release
DOUBLE_RUNS=/var/log/asr-double-runs.log

# Is the named trap (a surprising fact of the real installer) switched on?
trap_on() {
    ! grep -qx "without-trap $1" "$DOUBLE_HOME/double.conf" 2>/dev/null
}

fault_lines() {
    sed -n 's/^fault //p' "$DOUBLE_HOME/double.conf" 2>/dev/null
    cat "$DOUBLE_CONTROL" 2>/dev/null
}

# Is the fault NAME injected, with or without a value?
fault_on() {
    fault_lines | grep -qE "^$1(=|\$)"
}

# Print the value of the fault NAME=value; the second argument is the value of a bare NAME.
fault_value() {
    fault_lines | awk -F= -v name="$1" -v bare="${2:-}" \
        '$1 == name { print (NF > 1 ? $2 : bare); exit }'
}

run_log() { # event program detail
    printf '%s %s %s pid=%s %s\n' "$(date +%s)" "$1" "$2" "$$" "$3" 2>/dev/null >>"$DOUBLE_RUNS" || :
}

# The real programs wait 5 to 180 seconds between tries; nobody wants that in a test.
pause() { # seconds the real program would wait
    if fault_on time:real; then sleep "$1"; else sleep "$(fault_value time:wait 0.2 | grep . || echo 0.2)"; fi
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
