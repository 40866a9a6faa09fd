# shellcheck shell=bash
# Upgrade driven by the appliance: AgentUpgrade.sh -j <job file>, run inside the extracted directory.
log() { printf '%s\n' "$*" >>ua_upgrader.log; }
job=""
while getopts ":j:" option; do
    case $option in
        j) job=$OPTARG ;;
        *) ;;
    esac
done
[ -f "$job" ] || exit 1
./install -r MS -v VmWare -q -a Upgrade -c CSPrime -l "$PWD/ua_install.log" -e /var/log/InstallerErrors.json </dev/null
rc=$?
log "install ended with $rc"
case $rc in 0 | 98 | 209) ;; *) exit "$rc" ;; esac
rcm=$(sed -n 's/^INSTALLATION_DIR=//p' /usr/local/.vx_version)/bin/AzureRcmCli
for _ in 1 2 3; do
    "$rcm" --registersourceagent && break
    sleep 1
done
"$rcm" --completeagentupgrade
