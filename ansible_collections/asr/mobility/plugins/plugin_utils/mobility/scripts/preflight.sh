# shellcheck shell=sh disable=SC2154 # variables of the probe
# What a preflight must know of a host beside what every probe tells. It writes nothing itself; rpm -qa, which it calls,
# touches the files __db.* beside a database in the format of Berkeley DB.
#
# It is sent before the probe, and only when something is about to be installed: the probe calls asr_preflight at its end
# and lends its functions (probe_emit and others), so both write facts in one form. Every program may be missing; then
# its fact is missing too, and the check is unknown. Only the words that a check needs leave the host, never whole files.

# --- the system -----------------------------------------------------------------------------------------------------

preflight_system() {
    probe_emit_if clock "$(date +%s 2>/dev/null)"
    preflight_release=$(uname -r 2>/dev/null)
    preflight_locale
    for preflight_path in vgdisplay mokutil; do
        if probe_find_program "$preflight_path"; then
            probe_emit "tool.$preflight_path" 1
        else
            probe_emit "tool.$preflight_path" 0
        fi
    done
    for preflight_path in /run/reboot-required /var/run/reboot-required /run/reboot-needed /var/run/reboot-needed; do
        [ ! -e "$preflight_path" ] || probe_emit reboot.file "$preflight_path"
    done
    for preflight_path in / /boot /etc /var; do
        [ -d "$preflight_path" ] || continue
        if [ -w "$preflight_path" ]; then
            probe_emit writable "$preflight_path|1"
        else
            probe_emit writable "$preflight_path|0"
        fi
    done
}

preflight_locale() {
    probe_find_program locale || return 0
    preflight_value=$(probe_output 5 "$probe_path" -a) || return 0
    case $probe_newline$preflight_value$probe_newline in
        "$probe_newline$probe_newline") ;;
        *"$probe_newline"C"$probe_newline"*) probe_emit locale.c 1 ;;
        *) probe_emit locale.c 0 ;;
    esac
}

preflight_run_level() {
    if [ -d /run/systemd/system ]; then
        command -v systemctl >/dev/null 2>&1 || return 0
        probe_bounded 5 systemctl is-active --quiet shutdown.target >/dev/null 2>&1
        case $? in
            0) probe_emit run_level stopping ;;
            124) ;;
            *) probe_emit run_level systemd ;;
        esac
    elif command -v runlevel >/dev/null 2>&1; then
        preflight_value=$(runlevel 2>/dev/null)
        probe_emit_if run_level "${preflight_value##* }"
    fi
}

preflight_rpm() { # only where there is a database: rpm would make an empty one
    [ -z "$probe_package_busy" ] && probe_find_program rpm || return 0
    preflight_program=$probe_path
    for preflight_path in /var/lib/rpm/Packages /var/lib/rpm/Packages.db /var/lib/rpm/rpmdb.sqlite \
        /usr/lib/sysimage/rpm/Packages.db /usr/lib/sysimage/rpm/rpmdb.sqlite; do
        [ -e "$preflight_path" ] || continue
        # shellcheck disable=SC2016 # the inner shell puts the program there
        preflight_value=$(probe_output 20 sh -c 'exec "$0" -qa 2>&1 >/dev/null' "$preflight_program")
        probe_emit rpm.code "$?"
        preflight_rpm_error
        return 0
    done
}

preflight_rpm_error() { # the first complaint in preflight_value; rpm also writes warnings, and of locks that it freed
    preflight_value=$probe_newline$preflight_value
    case $preflight_value in
        *"${probe_newline}error:"*)
            preflight_value=error:${preflight_value#*"${probe_newline}error:"}
            probe_emit rpm.words "${preflight_value%%"$probe_newline"*}"
            ;;
    esac
}

preflight_processes() {
    probe_emit processes 1
    for preflight_path in /proc/[0-9]*; do
        probe_process_name "$preflight_path" || continue
        case $probe_word in
            fapolicyd | pacemakerd | corosync | multipathd)
                preflight_value=$probe_word
                ! probe_is_alive_here "$preflight_path" || probe_emit service "$preflight_value"
                ;;
        esac
    done
}

preflight_selinux() {
    for preflight_path in /sys/fs/selinux/enforce /selinux/enforce; do
        [ -r "$preflight_path" ] || continue
        probe_first_line selinux "$preflight_path"
        return 0
    done
    probe_emit selinux none
}

# --- the boot ---------------------------------------------------------------------------------------------------------

preflight_secure_boot() {
    if probe_find_program mokutil; then
        preflight_value=$(probe_output 5 "$probe_path" --sb-state)
        case $preflight_value in
            *'SecureBoot enabled'*) probe_emit secure_boot enabled && return 0 ;;
            *'SecureBoot disabled'*) probe_emit secure_boot disabled && return 0 ;;
        esac
    fi
    if [ ! -d /sys/firmware/efi ]; then
        probe_emit secure_boot bios
        return 0
    fi
    for preflight_path in /sys/firmware/efi/efivars/SecureBoot-*; do # four bytes of attributes, then the value
        [ -r "$preflight_path" ] || continue
        preflight_value=$(od -An -tu1 -j4 -N1 "$preflight_path" 2>/dev/null)
        case $preflight_value in
            *1) probe_emit secure_boot enabled ;;
            *0) probe_emit secure_boot disabled ;;
        esac
    done
}

preflight_words() { # file: its words that a check asks for, comments left out
    # shellcheck disable=SC2020 # a set of characters it is
    grep -v '^[[:space:]]*#' "$1" 2>/dev/null | tr " \\t\"'" '\n\n\n\n' |
        grep -E '^((root|resume)=/dev/|(rd\.lvm\.lv|rd_LVM_LV)=)' 2>/dev/null
}

preflight_grub_words() {
    for preflight_path in /boot/grub/menu.lst /boot/grub/grub.conf /boot/grub/grub.cfg /boot/grub2/grub.cfg \
        /boot/efi/EFI/*/grub.cfg /boot/loader/entries/*.conf /etc/default/grub; do
        if [ ! -f "$preflight_path" ] || [ ! -r "$preflight_path" ]; then continue; fi
        printf 'file=%s\n' "$preflight_path"
        preflight_words "$preflight_path"
    done | sort -u
}

preflight_grub() {
    preflight_count=0
    preflight_grub_words | while IFS= read -r preflight_line; do
        preflight_count=$((preflight_count + 1))
        [ "$preflight_count" -le 200 ] || break
        preflight_value=${preflight_line#*=}
        case $preflight_line in
            file=*) probe_emit grub.file "$preflight_value" ;;
            root=* | resume=*) probe_emit grub.device "$preflight_line" ;;
            *)
                if [ -e "/dev/$preflight_value" ]; then
                    probe_emit grub.volume "$preflight_value|1"
                else
                    probe_emit grub.volume "$preflight_value|0"
                fi
                ;;
        esac
    done
}

preflight_command_line() {
    [ -r /proc/cmdline ] || return 0
    probe_emit acpi.looked 1
    preflight_line=
    { read -r preflight_line </proc/cmdline; } 2>/dev/null
    for preflight_value in $preflight_line; do
        case $preflight_value in acpi=*) probe_emit acpi.word "$preflight_value" ;; esac
    done
}

preflight_kernel() {
    if [ -d "/lib/modules/$preflight_release/kernel/drivers/char" ]; then
        probe_emit kernel.directory 1
    else
        probe_emit kernel.directory 0
    fi
    for preflight_path in /boot/initrd.img-* /boot/initramfs-* /boot/initrd-*; do
        case $preflight_path in *rescue* | *kdump* | *.old | *.bak) continue ;; esac
        [ -f "$preflight_path" ] || continue
        # shellcheck disable=SC2012 # the name is not read
        preflight_line=$(ls -lnL "$preflight_path" 2>/dev/null)
        preflight_initrd "$preflight_path" "$preflight_line"
    done
    case $preflight_release in *el5* | *el6*) preflight_lis ;; esac
}

preflight_initrd() { # path, its line of ls -ln
    preflight_value=$1
    # shellcheck disable=SC2086 # the fields are meant to be split
    set -- $2
    [ "$#" -lt 5 ] || probe_emit initrd "$preflight_value|$5"
}

preflight_lis() { # the Linux Integration Services in the running kernel's initrd; only RHEL 5 and 6 may lack them
    for preflight_path in "/boot/initramfs-$preflight_release.img" "/boot/initrd-$preflight_release.img"; do
        [ -r "$preflight_path" ] || continue
        preflight_value=$(gzip -dc "$preflight_path" 2>/dev/null | cpio -it 2>/dev/null |
            sed -n -e '1s/.*/listed/p' -e '/hv_storvsc/p')
        case $preflight_value in
            '') ;;
            *hv_storvsc*) probe_emit lis 1 ;;
            *) probe_emit lis 0 ;;
        esac
        return 0
    done
}

# --- disks and file systems ------------------------------------------------------------------------------------------

preflight_block() { # major:minor -> preflight_found: the directory of the block device
    for preflight_found in /sys/block/*/dev /sys/block/*/*/dev; do
        preflight_value=
        { read -r preflight_value <"$preflight_found"; } 2>/dev/null
        preflight_found=${preflight_found%/dev}
        [ "$preflight_value" != "$1" ] || return 0
    done
    return 1
}

preflight_disks() { # directory of a block device, steps left: prints the disks below it, one a line
    [ "$2" -gt 0 ] || return 0
    preflight_lower=0
    for preflight_entry in "$1"/slaves/*; do
        [ -e "$preflight_entry" ] || continue
        preflight_lower=1
        for preflight_found in "/sys/block/${preflight_entry##*/}" /sys/block/*/"${preflight_entry##*/}"; do
            [ ! -d "$preflight_found" ] || (preflight_disks "$preflight_found" $(($2 - 1)))
        done
    done
    [ "$preflight_lower" = 0 ] || return 0
    preflight_value=${1#/sys/block/}
    preflight_value=${preflight_value%%/*}
    case $preflight_value in
        loop* | ram* | zram* | dm-* | md* | sr* | fd*) ;;
        *) printf '%s\n' "$preflight_value" ;;
    esac
}

preflight_device() { # place path: the block device under a file system, its disks, and its name for the device mapper
    [ -d "$2" ] || return 0
    preflight_value=$(df -Pk "$2" 2>/dev/null) || return 0
    preflight_value=${preflight_value##*"$probe_newline"}
    preflight_node=${preflight_value%% *}
    case $preflight_node in /dev/*) ;; *) return 0 ;; esac
    preflight_pair_of "$preflight_node" "${preflight_value##* }"
    preflight_block "$preflight_pair" || return 0
    probe_emit "device.$1" "$preflight_node"
    preflight_directory=$preflight_found
    probe_first_line "mapper.$1" "$preflight_directory/dm/uuid"
    preflight_disks "$preflight_directory" 8 | sort -u |
        while IFS= read -r preflight_line; do probe_emit "disk.$1" "$preflight_line"; done
    probe_emit "block.$1" "${preflight_directory##*/}"
}

preflight_pair_of() { # node, mount point -> preflight_pair; a system without initrd may have no node (/dev/root)
    # shellcheck disable=SC2012 # numbers of one device
    preflight_value=$(ls -lnL "$1" 2>/dev/null)
    case $preflight_value in b*) preflight_numbers "$preflight_value" && return 0 ;; esac
    preflight_pair=none
    [ ! -r /proc/self/mountinfo ] || while read -r _ _ preflight_word _ preflight_path _; do
        [ "$preflight_path" != "$2" ] || preflight_pair=$preflight_word
    done </proc/self/mountinfo
}

preflight_numbers() { # line of ls -ln about a device -> preflight_pair
    # shellcheck disable=SC2086 # the fields are meant to be split
    set -- $1
    preflight_pair=${5%,}:$6
}

preflight_storage() {
    preflight_device root /
    preflight_device boot /boot
    for preflight_path in /sys/block/*; do
        case ${preflight_path##*/} in
            dm-*) preflight_map "$preflight_path" ;;
            loop* | ram* | zram* | sr* | fd* | md* | pmem* | mtdblock*) ;;
            *) [ ! -e "$preflight_path/device" ] || preflight_disk "$preflight_path" ;;
        esac
    done
    for preflight_path in /sys/fs/btrfs/*/devices; do
        [ -d "$preflight_path" ] || continue
        preflight_value=
        for preflight_entry in "$preflight_path"/*; do preflight_value="$preflight_value ${preflight_entry##*/}"; done
        probe_emit btrfs "${preflight_value# }"
    done
}

preflight_map() { # directory of a device of the mapper; kernels before 2.6.29 do not tell whose it is
    preflight_line=
    { read -r preflight_line <"$1/dm/uuid"; } 2>/dev/null
    case $preflight_line in
        mpath-*) probe_emit multipath "${1##*/}" ;;
        '') [ -e "$1/dm/uuid" ] || probe_emit mapper_untold "${1##*/}" ;;
    esac
}

preflight_disk() { # directory of a device with hardware; one without a medium has no size
    preflight_line=0
    { read -r preflight_line <"$1/size"; } 2>/dev/null
    [ "$preflight_line" != 0 ] || return 0
    probe_emit physical "${1##*/}"
    for preflight_entry in logical_block_size hw_sector_size; do # the second is that of kernels before 2.6.31
        [ -r "$1/queue/$preflight_entry" ] || continue
        preflight_line=
        { read -r preflight_line <"$1/queue/$preflight_entry"; } 2>/dev/null
        probe_emit sector "${1##*/}|$preflight_line"
        return 0
    done
}

preflight_mounts() {
    if [ -r /etc/fstab ]; then
        probe_emit fstab.looked 1
        while read -r preflight_word preflight_path _ || [ -n "$preflight_word" ]; do
            case $preflight_word in \#*) continue ;; esac
            case $preflight_path in /boot | /boot/) probe_emit fstab.boot 1 ;; esac
        done </etc/fstab
    fi
    [ ! -r /proc/mounts ] || while read -r _ preflight_path preflight_word _; do
        case $preflight_word in
            gfs | gfs2 | ocfs2 | gpfs | lustre | vxfs) probe_emit shared "$preflight_word on $preflight_path" ;;
        esac
    done </proc/mounts
    preflight_path=/var/lib/azure_disk_encryption_config/azure_crypt_mount
    if [ -s "$preflight_path" ]; then probe_emit azure_crypt 1; else probe_emit azure_crypt 0; fi
}

# --- the network ------------------------------------------------------------------------------------------------------

preflight_interfaces() { # those with hardware, and bonds, bridges and VLANs that lie upon such a one at last
    for preflight_path in /sys/class/net/*; do
        preflight_word=${preflight_path##*/}
        ! (preflight_has_hardware "$preflight_word" 5) || probe_emit interface "$preflight_word"
    done
}

preflight_has_hardware() { # interface, steps left; a subshell keeps the names of each step apart
    [ ! -e "/sys/class/net/$1/device" ] || return 0
    [ "$2" -gt 0 ] || return 1
    for preflight_entry in $(preflight_lower "$1"); do
        ! (preflight_has_hardware "$preflight_entry" $(($2 - 1))) || return 0
    done
    return 1
}

preflight_lower() { # interface: prints those below it; kernels before 3.14 have no links, but files of their own
    for preflight_path in "/sys/class/net/$1"/lower_* "/sys/class/net/$1"/brif/*; do
        [ -e "$preflight_path" ] || [ -L "$preflight_path" ] || continue
        preflight_path=${preflight_path##*/}
        printf '%s\n' "${preflight_path#lower_}"
    done
    cat "/sys/class/net/$1/bonding/slaves" 2>/dev/null
    [ ! -r /proc/net/vlan/config ] || while IFS=' |' read -r preflight_word _ preflight_path; do
        [ "$preflight_word" != "$1" ] || printf '%s\n' "$preflight_path"
    done </proc/net/vlan/config
}

preflight_addresses() {
    probe_find_program ip || return 0
    preflight_value=$(probe_output 5 "$probe_path" -o -4 addr show) || return 0
    probe_emit ipv4.looked 1
    printf '%s\n' "$preflight_value" | while read -r _ preflight_word _ preflight_value _; do
        case $preflight_word in lo | '') continue ;; esac
        probe_emit ipv4.address "$preflight_word|${preflight_value%%/*}"
    done
}

preflight_hosts() {
    [ -r /etc/hosts ] || return 0
    probe_emit hosts.looked 1
    preflight_name=$(uname -n 2>/dev/null)
    while read -r preflight_line || [ -n "$preflight_line" ]; do
        preflight_line=${preflight_line%%#*}
        # shellcheck disable=SC2086 # the names are meant to be split
        preflight_host_line $preflight_line
    done </etc/hosts
}

preflight_host_line() { # address name...
    [ "$#" -ge 2 ] || return 0
    preflight_value=$1
    shift
    for preflight_word; do
        case $preflight_word in
            "$preflight_name" | "${preflight_name%%.*}" | "${preflight_name%%.*}".*)
                probe_emit hosts.address "$preflight_value"
                return 0
                ;;
        esac
    done
}

preflight_dhcp() {
    for preflight_word in dhclient dhcpcd dhcpcd5; do
        ! probe_find_program "$preflight_word" || probe_emit dhcp "$preflight_word"
    done
    for preflight_path in /usr/lib/wicked/bin/wickedd-dhcp4 /usr/libexec/wicked/bin/wickedd-dhcp4; do
        [ ! -x "$preflight_path" ] || probe_emit dhcp wickedd-dhcp4
    done
}

asr_preflight() {
    preflight_system
    preflight_run_level
    preflight_rpm
    preflight_processes
    preflight_selinux
    preflight_secure_boot
    preflight_grub
    preflight_command_line
    preflight_kernel
    preflight_storage
    preflight_mounts
    preflight_interfaces
    preflight_addresses
    preflight_hosts
    preflight_dhcp
    probe_emit preflight complete
}
