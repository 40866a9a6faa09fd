# shellcheck shell=bash disable=SC2015,SC2317  # "a && b || leave": leave is meant for both failures
# Removes the agent. To be called by absolute path. Built for: @OS_BUILT_FOR@

export LANG=C LC_ALL=C PATH="${PATH:-}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
umask 0002
VERSION_LINK=/usr/local/.vx_version
VX=$(sed -n 's/^INSTALLATION_DIR=//p' "$VERSION_LINK" 2>/dev/null | head -n 1)
DOUBLE_HOME=$(cd "$(dirname "$0")" && pwd)
[ -e "$DOUBLE_HOME/double.sh" ] || DOUBLE_HOME=${VX:-/nonexistent}/scripts/double
if [ -e "$DOUBLE_HOME/double.sh" ]; then
    # shellcheck source=/dev/null
    . "$DOUBLE_HOME/double.sh"
else
    run_log() { :; }
    trap_on() { :; }
    fault_point() { :; }
    fault_value() { :; }
    fault_on() { return 1; }
fi
run_log start uninstall "$*"
LOG_FILE=/var/log/ua_uninstall.log SILENT=no LOCK="" INNER_RC=0
for name in TERM INT HUP; do
    # shellcheck disable=SC2064  # the name is wanted now, not when the signal arrives
    trap "run_log signal uninstall $name" "$name"
done

say() {
    printf '%s\n' "$*"
    printf '%s %s\n' "$(date '+%Y-%m-%d %H:%M:%S')" "$*" 2>/dev/null >>"$LOG_FILE" || :
}

finish() { # exit-code
    [ -n "$LOCK" ] && rm -f "$LOCK"
    run_log end uninstall "rc=$1"
    exit "$1"
}

usage() {
    echo "Usage: uninstall.sh [-Y] [-L <absolute log file>]"
    finish 1
}

while getopts ":YyL:h" option; do
    case $option in
        Y) SILENT=yes ;;
        y) if trap_on small-y-refused; then usage; else SILENT=yes; fi ;;
        L) LOG_FILE=$OPTARG ;;
        *) usage ;;
    esac
done
shift $((OPTIND - 1))
[ $# -eq 0 ] && [[ $LOG_FILE = /* ]] || usage

# The lock of a relative call stays behind: it is removed after the directory was changed.
take_lock() {
    local wanted=.uninstall.lck
    if [[ $0 = /* ]] || ! trap_on relative-uninstall-leaks; then wanted=$(cd "$(dirname "$0")" && pwd)/.uninstall.lck; fi
    if [ -e "$wanted" ]; then
        say "Another removal is running: $wanted"
        finish 1
    fi
    printf '%s\n' "$$" >"$wanted"
    LOCK=$wanted
    cd / || finish 1
}

confirm() {
    local answer=""
    [ "$SILENT" = yes ] && return
    printf 'Remove the agent? [y/N] '
    read -r answer || :
    case $answer in [Yy]*) ;; *) finish 1 ;; esac
}

# A removal that was broken off may have taken the program already; then there is nothing that could run.
stop_agent() {
    [ -e "$VX/bin/stop" ] || return 0
    bash "$VX/bin/stop" >/dev/null
}

remove_outer_files() {
    rm -f "$PREFIX/uninstall.sh" "$PREFIX/Third-Party_Notices.txt"
    rm -rf /usr/local/InMage/private /usr/local/InMage/certs /usr/local/InMage/fingerprints /usr/local/InMage/config
}

if [ ! -e "$VERSION_LINK" ] || [ -z "$VX" ]; then
    say "The agent is not installed."
    finish 1
fi
PREFIX=${VX%/Vx}
KEEPS_PREFIX=no
if trap_on uninstall-leaves-prefix; then KEEPS_PREFIX=yes; fi # asked now: the table is removed with the agent
take_lock
confirm
fault_point uninstall start stopped
if [ -n "$(fault_value uninstall:exit)" ]; then finish "$(fault_value uninstall:exit)"; fi
say "Removing the agent in $PREFIX."
stop_agent || finish 2
fault_point uninstall stopped stopped
bash "$VX/bin/uninstall" -Y -L "$LOG_FILE" || INNER_RC=$?
fault_point uninstall remove stopped
remove_outer_files
if [ "$INNER_RC" -ne 0 ] && ! trap_on uninstall-zero-when-busy; then finish 1; fi
[ "$KEEPS_PREFIX" = yes ] || { rm -f "$LOCK"; rmdir "$PREFIX" /usr/local/InMage 2>/dev/null; }
say "Finished."
finish 0
