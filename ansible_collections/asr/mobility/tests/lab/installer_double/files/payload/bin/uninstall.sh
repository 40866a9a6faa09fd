# shellcheck shell=bash disable=SC2034  # its variables are read by the files it sources
# Inner removal; called by uninstall.sh in the prefix. 0 removed, 1 the driver is in use. Fault: uninstall:driver-busy.
VERSION_LINK=/usr/local/.vx_version
VX=$(cd "$(dirname "$0")/.." && pwd)
DOUBLE_HOME=$VX/scripts/double
# shellcheck source=/dev/null
. "$VX/bin/libcommon.sh"
# shellcheck source=/dev/null
. "$DOUBLE_HOME/double.sh"
LOG_FILE=/var/log/ua_uninstall.log
[ "$2" = -L ] && LOG_FILE=$3
export DOUBLE_DIES_WITH=$PPID

# A point is reached when the step it is called after is done.
at() { # point
    fault_point uninstall "$1" stopped
}

unload_driver() {
    fault_on uninstall:driver-busy && return 1
    modprobe -rs involflt 2>/dev/null
    ! lsmod | grep -q '^involflt '
}

three_times() { # command...
    local try
    for try in 1 2 3; do
        "$@" && return
        [ "$try" = 3 ] || pause 5
    done
    return 1
}

# Whether the server was told is not looked at. The Azure platform is told only if the agent was ever configured.
unregister() {
    local conf=$VX/etc/drscout.conf rcm=$VX/bin/AzureRcmCli
    if [ "$(conf_get "$conf" CSType)" != CSPrime ] && [ "$(conf_get "$conf" VmPlatform)" != Azure ]; then
        "$VX/bin/unregister"
        return
    fi
    case $(conf_get "$conf" VmPlatform):$(conf_get "$conf" HostId) in
        Azure: | "Azure:$DEFAULT_HOST_ID") return 0 ;;
    esac
    three_times "$rcm" --unregistersourceagent && three_times "$rcm" --unregistermachine
}

# What the payload brought; the agent's own files in the same tree stay until the metadata go. Only the rpm families have
# no manifest: there rpm knows what the payload brought.
remove_payload() {
    local name
    if [ -e "$VX/.vx_install_manifest" ]; then
        while read -r name; do
            rm -f "$VX/${name:?}"
        done <"$VX/.vx_install_manifest"
    else
        rpm -e InMageVx || return
    fi
    find "$VX" -mindepth 1 -depth -type d -empty -delete
    return 0
}

remove_units() {
    local unit
    for unit in vxagent uarespawnd vConService_linux involflt_start involflt_stop; do
        systemctl stop "$unit" 2>/dev/null
        systemctl disable --quiet "$unit" 2>/dev/null
        rm -f "/etc/systemd/system/$unit.service"
        remove_script "$unit"
    done
    remove_script boottimemirroring_phase1
    remove_script boottimemirroring_phase2
    rm -f /etc/udev/rules.d/09-inm_udev.rules /etc/sysconfig/modules/inmaged.modules /etc/init/involflt.conf
    if [ -e /sbin/halt.local ]; then sed -i '/^# Mobility service/d' /sbin/halt.local; fi
    on_systemd && systemctl daemon-reload
}

remove_metadata() {
    if [ -e /etc/multipath.conf_vx_install_save ]; then mv -f /etc/multipath.conf_vx_install_save /etc/multipath.conf; fi
    rm -rf /etc/vxagent "$VX" /dev/involflt
    rm -f "$VERSION_LINK" /usr/local/.vx_install_manifest /usr/local/.vx_host_id /usr/local/drscout.conf "$NO_RESPAWN"
}

on_systemd || [ ! -x /etc/init.d/uarespawnd ] || /etc/init.d/uarespawnd stop
if ! unload_driver; then
    say "The driver is in use."
    exit 1
fi
rm -f /lib/modules/*/kernel/drivers/char/involflt.ko
depmod -a
at driver
if ! unregister && ! trap_on unregister-failure-ignored; then exit 1; fi
at unregister
bash "$VX/scripts/initrd/install.sh" uninstall
at initrd
if ! remove_payload; then
    say "rpm could not remove the package."
    exit 1
fi
at files
remove_units
at units
remove_metadata
exit 0
