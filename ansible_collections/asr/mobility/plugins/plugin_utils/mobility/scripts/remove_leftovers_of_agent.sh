# shellcheck shell=sh
# Remove what is left where no whole agent is any more: what the probe lists as remains. Variable: ASR_INSTALL_DIR (the
# prefix). The saved initrd images stay: nobody else has them. A loaded driver works with its files, so nothing is
# removed under it. Stands behind forget_package.sh, which may refuse. Exit code 3: refused before anything was removed.
if [ -e /usr/local/.vx_version ]; then
    echo "there is the record /usr/local/.vx_version"
    exit 3
fi
while read -r leftover_word _; do
    if [ "$leftover_word" = involflt ]; then
        echo "the driver involflt is loaded"
        exit 3
    fi
done </proc/modules
forget_package || exit "$?"

for leftover_unit in vxagent uarespawnd vConService_linux involflt_start involflt_stop; do
    [ -e "/etc/systemd/system/$leftover_unit.service" ] || continue
    systemctl disable --now "$leftover_unit" >/dev/null 2>&1
    rm -f "/etc/systemd/system/$leftover_unit.service"
    leftover_reload=1
done
if [ -n "${leftover_reload:-}" ]; then systemctl daemon-reload >/dev/null 2>&1; fi
for leftover_script in vxagent uarespawnd vConService_linux boottimemirroring_phase1 boottimemirroring_phase2; do
    if [ ! -e "/etc/init.d/$leftover_script" ] && [ ! -L "/etc/init.d/$leftover_script" ]; then continue; fi
    if command -v update-rc.d >/dev/null 2>&1; then
        update-rc.d -f "$leftover_script" remove >/dev/null 2>&1
    elif command -v chkconfig >/dev/null 2>&1; then
        chkconfig --del "$leftover_script" >/dev/null 2>&1
    fi
    # some releases have links there; neither tool knows a script whose link leads nowhere
    rm -f "/etc/init.d/$leftover_script" /etc/rc?.d/[SK][0-9][0-9]"$leftover_script" \
        /etc/init.d/rc?.d/[SK][0-9][0-9]"$leftover_script"
done

for leftover_module in /lib/modules/*/kernel/drivers/char/involflt.ko; do
    [ -e "$leftover_module" ] || continue
    leftover_kernel=${leftover_module#/lib/modules/}
    rm -f "$leftover_module"
    depmod "${leftover_kernel%%/*}" >/dev/null 2>&1
done

rm -rf "$ASR_INSTALL_DIR/Vx" /usr/local/InMage /var/log/ASRsetuptelemetry /var/log/ASRsetuptelemetry_uploaded \
    /var/log/ApplicationPolicyLogs /var/log/vxlogs
rm -f "$ASR_INSTALL_DIR/uninstall.sh" "$ASR_INSTALL_DIR/Third-Party_Notices.txt" "$ASR_INSTALL_DIR/.uninstall.lck" \
    /usr/local/.vx_host_id /usr/local/.vx_install_manifest /usr/local/drscout.conf /usr/local/.norespawn_vxagent \
    /etc/sysconfig/modules/inmaged.modules /etc/init/involflt.conf \
    /etc/udev/rules.d/09-inm_udev.rules /var/log/ua_install.log /var/log/ua_uninstall.log \
    /var/log/InstallerErrors.json /var/log/cdpcli.log* /var/log/svagents*.log /var/log/appservice*.log \
    /var/log/uarespawnd.log /var/log/AzureRcmCli.log /var/log/InMage_drivers.log
for leftover_path in /etc/vxagent/*; do
    case $leftover_path in */orig_initrd_images | */asr-mobility.do-not-restart) continue ;; esac
    rm -rf "$leftover_path"
done
for leftover_path in "$ASR_INSTALL_DIR" /var/scst/vdisk /var/scst /etc/vxagent/orig_initrd_images /etc/vxagent; do
    rmdir "$leftover_path" 2>/dev/null # only where it is empty
done
exit 0
