# shellcheck shell=bash disable=SC2034  # its variables are read by the file it sources
# Upgrade driven by the appliance: AgentUpgrade.sh -j <job file>, run inside the extracted directory.
DOUBLE_HOME=$PWD
# shellcheck source=/dev/null
. ./double.sh
run_log start agentupgrade "$*"
log() { printf '%s %s\n' "$(date '+%Y-%m-%d %H:%M:%S')" "$*" >>ua_upgrader.log; }

finish() { # exit-code
    log "upgrade ended with $1"
    run_log end agentupgrade "rc=$1"
    exit "$1"
}

# 209 is accepted although no installer is known to end with it.
upgraded() { # exit code of install
    case $1 in 0 | 98 | 209) ;; *) return 1 ;; esac
}

register() {
    local try
    for try in 1 2 3; do
        "$RCM" --registersourceagent --logfile "$PWD/ua_upgrader.log" && return
        [ "$try" = 3 ] || pause 5
    done
    return 1
}

job=""
while getopts ":j:" option; do
    case $option in
        j) job=$OPTARG ;;
        *) ;;
    esac
done
[ -f "$job" ] || finish 1
./install -r MS -v VmWare -q -a Upgrade -c CSPrime -l "$PWD/ua_install.log" -e /var/log/InstallerErrors.json \
    -j "$PWD/ua_upgrade_summary.json" </dev/null
rc=$?
log "install ended with $rc"
upgraded "$rc" || finish "$rc"
RCM=$(sed -n 's/^INSTALLATION_DIR=//p' /usr/local/.vx_version)/bin/AzureRcmCli
register || log "the source agent was not registered"
"$RCM" --completeagentupgrade --logfile "$PWD/ua_upgrader.log"
finish $?
