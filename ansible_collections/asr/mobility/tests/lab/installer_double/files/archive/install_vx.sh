# shellcheck shell=bash disable=SC2015,SC2012,SC2317  # "a && b || leave": leave is meant for both failures; plain names
# Does the work of an installation. Called by "install" only, with the decisions in the environment.

# shellcheck source=/dev/null
. "$DOUBLE_HOME/double.sh" 2>/dev/null || exit 179
# shellcheck source=/dev/null
. ./libcommon.sh
[ "$1" = --from-install ] && [ -n "${MODE:-}" ] || exit 179
export DOUBLE_DIES_WITH=$PPID
VX=$PREFIX/Vx CONF=$PREFIX/Vx/etc/drscout.conf KERNEL=$(uname -r)
PRIVATE_ROOT=/usr/local/InMage UNIT_DIR=/etc/systemd/system HOST_BIN=/etc/vxagent/bin
UNITS="vxagent uarespawnd vConService_linux" DRIVER_UNITS="involflt_start involflt_stop"
for name in TERM INT HUP; do
    # shellcheck disable=SC2064  # the name is wanted now, not when the signal arrives
    trap "run_log signal install_vx $name" "$name"
done

# At which point an injected exit code leaves, and whether a fresh installation is rolled back.
point_of() { # exit-code
    case $1 in
        159) echo payload ;;
        56) echo links ;;
        152 | 153) echo config ;;
        110) echo certificates ;;
        180) echo cache ;;
        166 | 167 | 208) echo driver ;;
        160 | 161) echo units ;;
        162 | 163 | 164) echo initrd ;;
        *) echo service ;;
    esac
}

at() { # point
    local code
    fault_point install "$1" payload
    code=$(fault_value install:exit)
    if [ -n "$code" ] && [ "$(point_of "$code")" = "$1" ]; then leave "$code"; fi
}

leave() { # exit-code
    say "Installation step failed: $1"
    case $MODE:$1 in
        fresh:152 | fresh:153 | fresh:160 | fresh:161 | fresh:162 | fresh:164 | fresh:180)
            if trap_on rollback-leaves-remains; then roll_back; else roll_back; remove_remains; fi ;;
        fresh:208) trap_on driver-failure-leaves-tree || { roll_back; remove_remains; } ;;
        upgrade:160 | upgrade:161) return 0 ;;
    esac
    exit "$1"
}

# Only some failures of a fresh installation are undone.
roll_back() {
    say "Rolling back."
    remove_units
    remove_driver
    [ -e "$VX/.vx_install_manifest" ] || rpm -e InMageVx
    rm -rf "${PREFIX:?}"/* /etc/vxagent "$VERSION_LINK" /usr/local/.vx_install_manifest /usr/local/drscout.conf
    rm -rf "${PRIVATE_ROOT:?}"/*
    remove_boot_files
}

remove_remains() {
    rm -rf "$PREFIX" "$PRIVATE_ROOT" /usr/local/.vx_host_id
}

remove_units() {
    local unit
    for unit in $UNITS $DRIVER_UNITS; do
        systemctl disable --quiet "$unit" 2>/dev/null
        rm -f "$UNIT_DIR/$unit.service"
        remove_script "$unit"
    done
    systemctl daemon-reload 2>/dev/null
}

remove_boot_files() {
    remove_script boottimemirroring_phase1
    remove_script boottimemirroring_phase2
    rm -f /etc/udev/rules.d/09-inm_udev.rules /etc/sysconfig/modules/inmaged.modules /etc/init/involflt.conf
}

remove_driver() {
    modprobe -rs involflt 2>/dev/null
    rm -f /lib/modules/*/kernel/drivers/char/involflt.ko /dev/involflt
    depmod -a 2>/dev/null
}

unpack_payload() {
    local payload
    payload=$(ls InMage_VX_*.tar InMageVx-*.rpm 2>/dev/null | head -n 1)
    if fault_on install:no-space-left; then run_out_of_space "$payload"; fi
    mkdir -p "$VX" && "place_${payload##*.}" "$payload" || leave 159
    chown -R 0:0 "$VX"
    mkdir -p "$VX/var" "$VX/ApplicationData" "$VX/failover_data" "$VX/loginfo"
    chmod 0770 "$VX" "$VX"/*/
    cp -f Third-Party_Notices.txt uninstall.sh "$PREFIX/"
    at payload
}

place_tar() { # payload
    tar -xf "$1" -C "$VX" && tar -tf "$1" >"$VX/.vx_install_manifest"
}

# Of the rpm families the package is known to rpm, and there is no manifest. "-U" for an upgrade is assumed.
place_rpm() { # payload
    local how=-i
    [ "$MODE" = upgrade ] && how=-U
    rpm "$how" --nomd5 --force --prefix "$VX" "$1"
}

# The disk is full when half of the payload is there, the drivers not yet; rpm would not have written the package down by
# then.
run_out_of_space() { # payload
    local whole members
    whole=$(mktemp -d)
    case $1 in
        *.rpm) rpm -i --dbpath "$whole/database" --nodeps --prefix "$whole/Vx" "$1" 2>/dev/null ;;
        *) mkdir "$whole/Vx" && tar -xf "$1" -C "$whole/Vx" ;;
    esac
    mapfile -t members < <(cd "$whole/Vx" && find . -type f | sort -r)
    mkdir -p "$VX"
    (cd "$whole/Vx" && cp -p --parents "${members[@]:0:$((${#members[@]} / 2))}" "$VX/")
    rm -rf "$whole"
    say "${members[${#members[@]} / 2]}: Cannot write: No space left on device"
    leave 159
}

# Old values are kept; the lines of the old file come back without blanks around "=".
merge_configuration() { # old file
    local key value
    while IFS='=' read -r key value; do
        case $key in "[vxagent]"* | "[vxagent.transport]"* | "" | \#*) continue ;; esac
        conf_set "$CONF" "${key%"${key##*[! ]}"}" "${value#"${value%%[! ]*}"}"
    done <"$1"
    if trap_on configuration-respaced; then sed -i 's/^\([A-Za-z]*\)  *=  */\1=/' "$CONF"; fi
}

write_configuration() {
    conf_set "$CONF" InstallDirectory "$VX"
    conf_set "$CONF" CacheDirectory "$VX/ApplicationData"
    conf_set "$CONF" DiffSourceExePathname "$VX/bin/s2"
    if [ "$MODE" = fresh ]; then
        conf_set "$CONF" Role "$ROLE_NAME"
        conf_set "$CONF" VmPlatform "$PLATFORM"
        if ! trap_on stack-unknown-until-configured && [ "$CSTYPE" = CSPrime ]; then conf_set "$CONF" CSType CSPrime; fi
    fi
    ln -sfn "$CONF" /usr/local/drscout.conf
    [ -s /usr/local/.vx_host_id ] || new_guid >/usr/local/.vx_host_id
}

link_programs() {
    local flavour=V2A program
    if [ "$PLATFORM" = Azure ] || [ "$CSTYPE" = CSPrime ]; then flavour=A2A; fi
    for program in svagents s2; do
        ln -sfn "$program$flavour" "$VX/bin/$program" || leave 56
    done
    at links
}

make_private_directories() {
    mkdir -p "$PRIVATE_ROOT/private" "$PRIVATE_ROOT/certs" "$PRIVATE_ROOT/config"
    [ "$PLATFORM" = Azure ] || mkdir -p "$PRIVATE_ROOT/fingerprints"
    chmod 0700 "$PRIVATE_ROOT/private"
    [ -e "$PRIVATE_ROOT/config/RCMInfo.conf" ] || printf '[rcm]\nBiosId=\nClientRequestId=\n' >"$PRIVATE_ROOT/config/RCMInfo.conf"
    at config
    if [ "$PLATFORM" != Azure ]; then bash ./gencert "$PRIVATE_ROOT" || leave 110; fi
    at certificates
    mkdir -p /var/scst/vdisk "$VX/ApplicationData"
    at cache
}

install_host_files() {
    mkdir -p "$HOST_BIN" /etc/vxagent/hotplug_utils /etc/vxagent/involflt/common /etc/vxagent/usr \
        /etc/vxagent/orig_initrd_images /etc/vxagent/backup /etc/udev/rules.d /etc/init.d
    cp -f "$VX"/hostbin/* "$HOST_BIN/"
    cp -f "$VX/bin/inm_dmit" "$HOST_BIN/"
    cp -f "$VX/bin/inm_dmit" "$VX/bin/inmshutnotify" /etc/vxagent/hotplug_utils/
    for phase in 1 2; do
        cp -f "$VX/scripts/boottimemirroring_phase$phase" /etc/init.d/
    done
    echo '# nothing to do in the double' >/etc/udev/rules.d/09-inm_udev.rules
    if [ -e /etc/multipath.conf ] && [ ! -e /etc/multipath.conf_vx_install_save ]; then
        cp -p /etc/multipath.conf /etc/multipath.conf_vx_install_save
        echo '# reviewed by the Mobility service' >>/etc/multipath.conf
    fi
}

install_driver() {
    local module kernel drivers=$VX/bin/drivers
    [ -d "$drivers" ] || drivers=$VX/bin
    [ -e "$drivers/involflt.ko.$KERNEL" ] || leave 208
    for module in "$drivers"/involflt.ko.*; do
        kernel=${module##*/involflt.ko.}
        [ -e "/boot/vmlinuz-$kernel" ] && [ -d "/lib/modules/$kernel" ] || continue
        mkdir -p "/lib/modules/$kernel/kernel/drivers/char"
        cp -f "$module" "/lib/modules/$kernel/kernel/drivers/char/involflt.ko"
    done
    depmod -a
    at driver
    # A driver in memory stays there: the new one is loaded when the host boots.
    trap_on driver-stays-loaded || modprobe -rs involflt
    [ "$MODE" = upgrade ] && lsmod | grep -q '^involflt ' && return
    modprobe involflt || leave 208
    [ -e /dev/involflt ] || mknod /dev/involflt c 10 250 2>/dev/null || : >/dev/involflt
}

# Metadata are written from the template: what the configurator had added is lost.
write_metadata() {
    local old_status
    old_status=$(conf_get "$VERSION_LINK" AGENT_CONFIGURATION_STATUS)
    rm -f "$VERSION_LINK"
    sed -e "s|^INSTALLATION_DIR=.*|INSTALLATION_DIR=$VX|" -e "s|^DEFAULT_UPGRADE_DIR=.*|DEFAULT_UPGRADE_DIR=$PREFIX|" \
        ./.vx_version >"$VX/.vx_version"
    {
        printf 'INSTALLATION_TIMESTAMP=%s\n' "$(date +%d_%b_%Y_%H_%M_%S)"
        printf 'VM_PLATFORM=%s\n' "$PLATFORM"
        if [ -n "$old_status" ] && ! trap_on status-key-lost; then printf 'AGENT_CONFIGURATION_STATUS=%s\n' "$old_status"; fi
    } >>"$VX/.vx_version"
    chmod 0770 "$VX/.vx_version"
    ln -sfn "$VX/.vx_version" "$VERSION_LINK"
    [ ! -e "$VX/.vx_install_manifest" ] || ln -sfn "$VX/.vx_install_manifest" /usr/local/.vx_install_manifest
    cp -f "$VX/.vx_version" /etc/vxagent/backup/.vx_version
    at metadata
}

# native: units of our own; sysv: scripts in init.d, which systemd wraps.
service_mechanism() {
    case $OS_TAG in
        SLES12-64 | RHEL[5678]-64 | OL[567]-64 | SLES11-* | UBUNTU-1?.04-64 | DEBIAN[78]-64) echo sysv ;;
        *) echo native ;;
    esac
}

enable_sysv() { # name
    case $OS_TAG in
        RHEL[56]-64 | OL6-64 | SLES11-*) ln -sfn "$HOST_BIN/$1" "/etc/init.d/$1" ;;
        *) cp -f "$HOST_BIN/$1" "/etc/init.d/$1" ;;
    esac
    add_script "$1"
}

enable_native() { # name...
    local unit
    mkdir -p "$UNIT_DIR"
    for unit in "$@"; do cp -f "$VX/units/$unit.service" "$UNIT_DIR/"; done
    on_systemd && systemctl daemon-reload
    systemctl enable --quiet "$@" 2>/dev/null
}

install_units() {
    local unit
    # shellcheck disable=SC2086  # lists of names
    case $(service_mechanism) in
        native) enable_native $DRIVER_UNITS $UNITS ;;
        sysv)
            for unit in $UNITS; do enable_sysv "$unit"; done
            if on_systemd; then enable_native $DRIVER_UNITS; else install_boot_hooks; fi
            ;;
    esac
    at units
}

# What loads the driver at boot where no unit does: two families have a place of their own for that. That the boot time
# scripts do it elsewhere is an assumption.
install_boot_hooks() {
    add_script boottimemirroring_phase1
    add_script boottimemirroring_phase2
    case $OS_TAG in
        RHEL[56]-64 | OL6-64)
            mkdir -p /etc/sysconfig/modules
            printf '#!/bin/sh\nmodprobe involflt\n' >/etc/sysconfig/modules/inmaged.modules
            chmod 755 /etc/sysconfig/modules/inmaged.modules
            grep -q '^# Mobility service' /sbin/halt.local 2>/dev/null || echo '# Mobility service' >>/sbin/halt.local
            ;;
        UBUNTU-14.04-64)
            mkdir -p /etc/init
            printf 'start on startup\ntask\nexec /etc/vxagent/bin/involflt.sh start\n' >/etc/init/involflt.conf
            ;;
    esac
}

regenerate_initrd() {
    local file=$ERRORS_FILE earlier
    [ "$MODE" = upgrade ] && file=/var/log/InstallerErrors.json
    earlier=$(cat "$file" 2>/dev/null)
    ERRORS_FILE=$file record_error ASRMobilityServiceRegenerateInitrdTimeOut "The initial ramdisk was not finished."
    cp -p "/boot/vmlinuz-$KERNEL" "/etc/vxagent/orig_initrd_images/initrd.img-$KERNEL" 2>/dev/null
    at initrd
    bash "$VX/scripts/initrd/install.sh" regenerate "$KERNEL" >/dev/null
    rm -f "$file"
    if [ -n "$earlier" ]; then printf '%s\n' "$earlier" >"$file"; fi
}

# The double's initrd marker goes away also when the step fails.
drop_marker() {
    grep -q ASRMobilityServiceRegenerateInitrdTimeOut "$ERRORS_FILE" 2>/dev/null && rm -f "$ERRORS_FILE"
    grep -q ASRMobilityServiceRegenerateInitrdTimeOut /var/log/InstallerErrors.json 2>/dev/null && rm -f /var/log/InstallerErrors.json
}
trap drop_marker EXIT

fresh() {
    say "Installing $NEW_VERSION into $PREFIX."
    unpack_payload
    write_configuration
    link_programs
    make_private_directories
    install_host_files
    install_driver
    write_metadata
    install_units
    regenerate_initrd
    at service
    if ! trap_on installed-not-running; then "$VX/bin/start"; fi
    return 0
}

# Of an agent whose removal was broken off the program may be gone already.
stop_old_agent() {
    [ -e "$VX/bin/stop" ] || return 0
    bash "$VX/bin/stop" >/dev/null && return
    record_error ASRMobilityServiceInstallerFailedToStopVxagentService "The agent could not be stopped."
    exit 97
}

back_up() {
    mkdir -p TEMP
    cp -f "$CONF" TEMP/drscout.conf 2>/dev/null || : >TEMP/drscout.conf
    tar -czf "TEMP/Old_Install_Backup_$(date +%d_%b_%Y_%H_%M_%S).tar.gz" --exclude=ApplicationData -C "$PREFIX" Vx 2>/dev/null
    trap_on backup-left-behind || trap 'rm -rf TEMP; drop_marker' EXIT
}

upgrade() {
    say "Upgrading $OLD_VERSION to $NEW_VERSION in $PREFIX."
    stop_old_agent
    at stopped
    back_up
    at backup
    unpack_payload
    merge_configuration "$PWD/TEMP/drscout.conf"
    write_configuration
    [ "$PLATFORM_CHANGES" = yes ] && { conf_set "$CONF" VmPlatform Azure; conf_set "$CONF" PlatformChange VmWareToAzure; }
    [ "$MIGRATES" = yes ] && conf_set "$CONF" PlatformChangeToCSPrime true
    link_programs
    make_private_directories
    install_host_files
    install_driver
    write_metadata
    install_units
    regenerate_initrd
    at service
    start_new_agent
    recommend_reboot
}

start_new_agent() {
    if [ "$PLATFORM_CHANGES" = yes ] || [ "$MIGRATES" = yes ]; then
        trap_on migration-leaves-stopped && return
    fi
    case $(conf_get "$CONF" HostId) in
        "" | "$DEFAULT_HOST_ID") trap_on upgrade-starts-unconfigured || return 0 ;;
    esac
    bash "$VX/bin/start" >/dev/null
}

recommend_reboot() {
    trap_on upgrade-98 || exit 0
    say "The installation is complete; the host requires a restart in the next maintenance window."
    record_error ASRMobiityServiceInstallerLinuxRecommendedReboot "Restart the host in the next maintenance window."
    exit 98
}

"$MODE"
