# shellcheck shell=bash disable=SC2034,SC2317  # its variables are read by the files it sources
# Registers an installed agent: classic (configuration server), CSPrime (appliance), Azure platform, or unconfigure.

export LANG=C LC_ALL=C PATH="${PATH:-}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
umask 0002
BIN=$(cd "$(dirname "$0")" && pwd)
DOUBLE_HOME=$BIN/../scripts/double
# shellcheck source=/dev/null
. "$DOUBLE_HOME/double.sh"
run_log start configurator "$*"
if [ ! -f "$BIN/libcommon.sh" ]; then
    echo "File not found : libcommon.sh"
    run_log end configurator rc=1
    exit 1
fi
# shellcheck source=/dev/null
. "$BIN/libcommon.sh"
# shellcheck source=/dev/null
. "$BIN/teleAPIs.sh"

SUMMARY_KIND=config SCENARIO_TYPE=Configuration SUMMARY_FILE="" RUN_ID=$(new_guid) STARTED=$(date '+%Y-%m-%d %H:%M:%S')
LOG_FILE=/var/log/ua_install.log ERRORS_FILE=/var/log/InstallerErrors.json
ADDRESS="" PASSPHRASE="" PORT=443 CSTYPE=CSLegacy SOURCE_CONFIG="" DISCOVERY=0 CREDENTIALS="" UNCONFIGURE=""
QUIET=no EXTERNAL="" REQUEST="" INVOKER=CommandLine ROLE_NAME=Agent PLATFORM="" NEW_VERSION="" OLD_VERSION=""
PRIVATE_ROOT=/usr/local/InMage

finish() { # exit-code
    [ "$PLATFORM" = Azure ] || write_summary "$1"
    say "Configurator exiting with code: $1"
    run_log end configurator "rc=$1"
    exit "$1"
}
for name in TERM INT HUP; do
    # shellcheck disable=SC2064  # the name is wanted now, not when the signal arrives
    trap "run_log signal configurator $name; finish 1" "$name"
done

usage() { # exit-code a sane program would give
    cat <<EOF
Usage: UnifiedAgentConfigurator.sh -i <address> -P <passphrase file> [-c CSLegacy]
       UnifiedAgentConfigurator.sh -c CSPrime -q -S <source config> [-D true|false]
       UnifiedAgentConfigurator.sh -c CSPrime -q -U true
       [-l <log>] [-f <JSON error file>] [-e <external address>]
EOF
    local rc=0
    trap_on configurator-usage-exits-zero || rc=$1
    run_log end configurator "rc=$rc"
    exit "$rc"
}

# What fails on the CSPrime path ends 97, whatever it was.
fail() { # exit-code [message]
    say "${2:-Configuration failed.}"
    if [ "$CSTYPE" = CSPrime ] && [ "$PLATFORM" != Azure ] && trap_on csprime-failures-97; then
        record_error ConfiguratorInternalError "${2:-Configuration failed.}"
        finish 97
    fi
    finish "$1"
}

parse_options() {
    local option
    local known=":i:P:p:c:S:D:C:U:qe:l:f:r:m:j:h"
    trap_on bare-d-swallows || known=":i:P:p:c:S:DC:U:qe:l:f:r:m:j:h"
    while getopts "$known" option; do
        case $option in
            i) ADDRESS=$OPTARG ;;
            P) PASSPHRASE=$OPTARG ;;
            p) PORT=$OPTARG ;;
            c) CSTYPE=$OPTARG ;;
            S) SOURCE_CONFIG=$OPTARG ;;
            D) case ${OPTARG:-true} in [Tt][Rr][Uu][Ee]) DISCOVERY=1 ;; *) ;; esac ;;
            C) CREDENTIALS=$OPTARG QUIET=yes ;;
            U) UNCONFIGURE=$OPTARG ;;
            q) QUIET=yes ;;
            e) EXTERNAL=$OPTARG ;;
            l) LOG_FILE=$OPTARG ;;
            f) ERRORS_FILE=$OPTARG ;;
            r) REQUEST=$OPTARG ;;
            m) INVOKER=$OPTARG ;;
            j) SUMMARY_FILE=$OPTARG ;;
            h) usage 0 ;;
            *) usage 96 ;;
        esac
    done
    case $CSTYPE in CSLegacy | CSPrime) ;; *) usage 96 ;; esac
    if ! trap_on configurator-errors-appended; then rm -f "$ERRORS_FILE"; fi
    return 0
}

# A missing value is asked for again and again; at the end of the input this never ends.
ask_for() { # what
    local answer=""
    while [ -z "$answer" ]; do
        say "Enter the $1:"
        read -r answer || trap_on prompt-loops-forever || fail 1 "No value for the $1."
        [ -n "$answer" ] || sleep 0.02
    done
    ANSWER=$answer
}

load_agent() {
    if [ ! -e "$VERSION_LINK" ]; then
        echo "$VERSION_LINK: No such file or directory" >&2
        echo "grep: /etc/drscout.conf: No such file or directory" >&2
        finish 1
    fi
    VX=$(conf_get "$VERSION_LINK" INSTALLATION_DIR)
    CONF=$VX/etc/drscout.conf
    NEW_VERSION=$(effective_version "$VERSION_LINK")
    OLD_VERSION=$NEW_VERSION
    PLATFORM=$(conf_get "$CONF" VmPlatform)
    case $PLATFORM in
        VmWare | Azure) ;;
        "") finish 97 ;;
        *)
            PLATFORM=""
            say "Aborting: the platform of the agent is unknown."
            finish 1
            ;;
    esac
}

check_external() {
    [ -z "$EXTERNAL" ] && return
    if ! printf '%s' "$EXTERNAL" | grep -qE '^([0-9]{1,3}\.){3}[0-9]{1,3}$'; then fail 3 "Invalid external address: $EXTERNAL"; fi
    conf_set "$CONF" ExternalIpAddress "$EXTERNAL"
}

stop_agent() {
    bash "$VX/bin/stop" >/dev/null || fail 115 "The agent could not be stopped."
}

# The version file is edited in place, which replaces the symbolic link by a regular file.
forget_status() {
    if trap_on symlink-becomes-file; then
        version_drop "$VERSION_LINK" AGENT_CONFIGURATION_STATUS
    else
        version_drop "$(readlink -f "$VERSION_LINK")" AGENT_CONFIGURATION_STATUS
    fi
}

write_status() { # Succeeded or Failed
    if trap_on symlink-becomes-file; then
        version_set "$VERSION_LINK" AGENT_CONFIGURATION_STATUS "$1"
    else
        version_set "$(readlink -f "$VERSION_LINK")" AGENT_CONFIGURATION_STATUS "$1"
    fi
}

write_identity() {
    case $(conf_get "$CONF" HostId) in
        "" | "$DEFAULT_HOST_ID") conf_set "$CONF" HostId "$(new_guid)" ;;
    esac
    local rcm=$PRIVATE_ROOT/config/RCMInfo.conf
    [ -e "$rcm" ] || printf '[rcm]\nBiosId=\nClientRequestId=\n' >"$rcm"
    sed -i -e "s|^BiosId=.*|BiosId=$(bios_id)|" -e "s|^ClientRequestId=.*|ClientRequestId=$REQUEST|" "$rcm"
}

retry() { # tries seconds-between command...
    local tries=$1 between=$2 rc
    shift 2
    while :; do
        "$@"
        rc=$?
        tries=$((tries - 1))
        if [ "$rc" -eq 0 ] || [ "$rc" -eq 126 ] || [ "$rc" -eq 129 ] || [ "$tries" -eq 0 ]; then return "$rc"; fi
        pause "$between"
    done
}

relink() { # V2A or A2A
    local program
    for program in svagents s2; do ln -sfn "$program$1" "$VX/bin/$program"; done
}

# Whether the daemons really run is not looked at.
start_agent() {
    bash "$VX/bin/start" >/dev/null 2>&1
    trap_on zero-with-dead-daemon || [ -n "$(pids_named svagents)" ] || fail 44 "The agent did not start."
}

# A point is reached when the step it is called after is done; points as in faults.py.
at() { # point
    local code
    fault_point configurator "$1" stopped
    code=$(fault_value configurator:exit)
    [ -n "$code" ] && [ "$1" = stopped ] || return 0
    if [ "$code" = 44 ]; then write_status Succeeded; fi
    finish "$code"
}

same_server() {
    local known
    known=$(conf_get "$CONF" Hostname)
    [ -z "$known" ] || [ "$known:$(conf_get "$CONF" Port)" = "$ADDRESS:$PORT" ]
}

leave_stopped_or_restart() {
    if ! trap_on failed-registration-stops-agent; then bash "$VX/bin/start" >/dev/null 2>&1; fi
}

configure_classic() {
    if [ -z "$ADDRESS" ]; then
        ask_for "address of the configuration server"
        ADDRESS=$ANSWER
    fi
    if [ -z "$PASSPHRASE" ]; then
        ask_for "passphrase file"
        PASSPHRASE=$ANSWER
    fi
    [ -f "$PASSPHRASE" ] || fail 1 "The passphrase file does not exist."
    check_external
    same_server || fail 13 "The agent is registered to another configuration server."
    if ! trap_on classic-takes-over-csprime && [ "$(conf_get "$CONF" CSType)" = CSPrime ]; then fail 13; fi
    stop_agent
    forget_status
    at stopped
    write_identity
    mkdir -p "$PRIVATE_ROOT/private"
    cp -f "$PASSPHRASE" "$PRIVATE_ROOT/private/connection.passphrase"
    chmod 0700 "$PRIVATE_ROOT/private/connection.passphrase"
    if ! retry 4 30 "$VX/bin/csgetfingerprint" -i "$ADDRESS" -p "$PORT"; then
        leave_stopped_or_restart
        fail 14 "The configuration server is not reachable or the passphrase is wrong."
    fi
    conf_set "$CONF" Hostname "$ADDRESS"
    conf_set "$CONF" Port "$PORT"
    conf_set "$CONF" CSType CSLegacy
    if ! retry 3 30 "$VX/bin/cdpcli" --registerhost --loglevel=7; then
        conf_set "$CONF" Hostname ""
        write_status Failed
        leave_stopped_or_restart
        fail 17 "The registration failed."
    fi
    relink V2A
    registered
}

registered() {
    at register
    write_status Succeeded
    at status
    settle
}

settle() {
    cp -f "$CONF" "$VX/drscout.conf.initialbackup"
    trap_on passphrase-stays || rm -f "$PRIVATE_ROOT/private/connection.passphrase"
    start_agent
    at start-agent
    finish 0
}

rcm() { # operation [arguments]
    "$VX/bin/AzureRcmCli" "$@" --errorfilepath "$ERRORS_FILE" --logfile "$LOG_FILE"
}

rcm_failed() { # exit code of the client
    conf_set "$CONF" Hostname ""
    write_status Failed
    leave_stopped_or_restart
    fail "$1" "The appliance refused the agent."
}

check_prime() {
    if [ "$QUIET" = no ]; then ask_for "credentials of the appliance"; fi
    [ -f "$SOURCE_CONFIG" ] || fail 97 "The source config file does not exist."
    check_external
    if [ -n "$(conf_get "$CONF" Hostname)" ] && [ "$(conf_get "$CONF" PlatformChangeToCSPrime)" != true ]; then
        if trap_on hostname-blocks-csprime; then fail 13 "The agent is registered to a configuration server."; fi
    fi
}

configure_prime() {
    local rc
    check_prime
    stop_agent
    forget_status
    at stopped
    write_identity
    retry 4 30 rcm --verifyclientauth --configfile "$SOURCE_CONFIG"
    rc=$?
    if [ "$rc" -eq 1 ] && trap_on configurator-98-is-failure; then
        leave_stopped_or_restart
        finish 98
    elif [ "$rc" -gt 1 ]; then
        leave_stopped_or_restart
        fail 97 "The client authentication failed."
    fi
    conf_set "$CONF" CSType CSPrime
    conf_set "$CONF" Hostname ""
    conf_set "$CONF" IsCredentialLessDiscovery "$DISCOVERY"
    retry 3 5 rcm --registermachine || rcm_failed $?
    retry 3 5 rcm --registersourceagent
    rc=$?
    if [ "$rc" -eq 129 ] && trap_on unpaired-appliance-succeeds; then
        conf_set "$CONF" CloudPairingStatus Incomplete
    elif [ "$rc" -ne 0 ]; then
        rcm_failed "$rc"
    else
        conf_set "$CONF" CloudPairingStatus complete
    fi
    conf_set "$CONF" PlatformChangeToCSPrime false
    at register
    if trap_on status-before-settings; then write_status Succeeded; fi
    at status
    retry 4 30 rcm --getnoncachedsettings
    rc=$?
    if [ "$rc" -eq 1 ] && ! trap_on settings-warning-swallowed; then finish 98; fi
    if [ "$rc" -gt 1 ]; then fail 97 "The settings could not be read."; fi
    relink A2A
    trap_on status-before-settings || write_status Succeeded
    settle
}

unconfigure() {
    if [ "$CSTYPE" != CSPrime ] || [ "${UNCONFIGURE,,}" != true ]; then finish 0; fi
    local rc=0
    stop_agent
    at stopped
    rcm --unregistersourceagent || rc=$?
    rcm --unregistermachine || rc=$?
    rcm --cleanup || rc=$?
    at unregister
    if [ "$rc" -ne 0 ] && ! trap_on unconfigure-failures-ignored; then finish 97; fi
    rm -f "$VX/etc/SourceConfig.json"
    conf_set "$CONF" HostId ""
    trap_on status-stale-after-unconfigure || forget_status
    finish 0
}

azure_failed() { # exit code of the client
    write_status Failed
    case $1 in
        126 | 128 | 129 | 148) finish "$1" ;;
        12[0-9] | 13[0-9] | 14[0-9]) finish 97 ;;
        *) finish 119 ;;
    esac
}

configure_azure() {
    local known
    if [ -z "$CREDENTIALS" ]; then
        ask_for "credentials file"
        CREDENTIALS=$ANSWER
    fi
    [ -s "$CREDENTIALS" ] || finish 1
    known=$(conf_get "$PRIVATE_ROOT/config/RCMInfo.conf" BiosId)
    if [ -n "$known" ] && [ "$known" != "$(bios_id)" ]; then finish 118; fi
    stop_agent
    forget_status
    at stopped
    write_identity
    retry 3 5 rcm --registermachine || azure_failed $?
    retry 3 5 rcm --registersourceagent || azure_failed $?
    conf_set "$CONF" PlatformChange None
    relink A2A
    registered
}

parse_options "$@"
load_agent
at start
if [ -n "$UNCONFIGURE" ]; then unconfigure; fi
if [ "$PLATFORM" = Azure ]; then
    configure_azure
elif [ "$CSTYPE" = CSPrime ]; then
    configure_prime
else
    configure_classic
fi
