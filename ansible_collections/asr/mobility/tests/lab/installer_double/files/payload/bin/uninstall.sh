# shellcheck shell=bash disable=SC2034  # its variables are read by the files it sources
# Inner removal; called by uninstall.sh in the prefix. 0 removed, 1 the driver is in use. Fault: uninstall:driver-busy.
VERSION_LINK=/usr/local/.vx_version
VX=$(cd "$(dirname "$0")/.." && pwd)
PREFIX=${VX%/Vx}
DOUBLE_HOME=$VX/scripts/double
# shellcheck source=/dev/null
. "$VX/bin/libcommon.sh"
# shellcheck source=/dev/null
. "$DOUBLE_HOME/double.sh"
LOG_FILE=/var/log/ua_uninstall.log
[ "$2" = -L ] && LOG_FILE=$3

unload_driver() {
    fault_on uninstall:driver-busy && return 1
    modprobe -rs involflt 2>/dev/null
    ! lsmod | grep -q '^involflt '
}

# Whether the server was told is not looked at.
unregister() {
    if [ "$(conf_get "$VX/etc/drscout.conf" CSType)" = CSPrime ]; then
        "$VX/bin/AzureRcmCli" --unregistersourceagent && "$VX/bin/AzureRcmCli" --unregistermachine
    else
        "$VX/bin/unregister"
    fi
}

remove_units() {
    local unit
    for unit in vxagent uarespawnd vConService_linux involflt_start involflt_stop; do
        systemctl stop "$unit" 2>/dev/null
        systemctl disable --quiet "$unit" 2>/dev/null
        rm -f "/etc/systemd/system/$unit.service"
        [ -e "/etc/init.d/$unit" ] || continue
        if command -v update-rc.d >/dev/null; then update-rc.d -f "$unit" remove >/dev/null 2>&1; fi
        rm -f "/etc/init.d/$unit"
    done
    rm -f /etc/init.d/boottimemirroring_phase1 /etc/init.d/boottimemirroring_phase2 /etc/udev/rules.d/09-inm_udev.rules
    on_systemd && systemctl daemon-reload
}

remove_files() {
    if [ -e /etc/multipath.conf_vx_install_save ]; then mv -f /etc/multipath.conf_vx_install_save /etc/multipath.conf; fi
    rm -rf /etc/vxagent "$VX" /dev/involflt
    rm -f "$VERSION_LINK" /usr/local/.vx_install_manifest /usr/local/.vx_host_id /usr/local/drscout.conf "$NO_RESPAWN"
    rm -f "$PREFIX/.uninstall.lck.inner"
}

if ! unload_driver; then
    say "The driver is in use."
    exit 1
fi
rm -f /lib/modules/*/kernel/drivers/char/involflt.ko
depmod -a
if ! unregister && ! trap_on unregister-failure-ignored; then exit 1; fi
bash "$VX/scripts/initrd/install.sh" uninstall
remove_units
remove_files
exit 0
