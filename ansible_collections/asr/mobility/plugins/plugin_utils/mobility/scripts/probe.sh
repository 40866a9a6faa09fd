# shellcheck shell=sh
# What this host shows of itself and of the Mobility service, in one execution that writes nothing.
#
# Variables set before this text: ASR_STAGING, ASR_PREFIX, ASR_REMOTE_PATH (may be empty), ASR_CLOSELY (1: measure the
# program tree and ask the driver), ASR_REMAINS (1: list what a removal leaves behind), ASR_NONCE (not
# empty: look at the stored registration too).
# Output: one `key=value` line per fact; a key may come several times. In values a backslash is written \\ and a line
# feed \n. A line of a file is `file.<path>|<line>`, unchanged. The last line is `probe=complete`: without it the output
# was cut. Shell builtins are preferred to programs because a probe runs on every host in every task. No case stands
# inside a command substitution: bash 3.2, the sh of RHEL 5, cannot read that.

probe_staging=${ASR_STAGING:-/var/lib/asr-mobility}
probe_prefix=${ASR_PREFIX:-/usr/local/ASR}
probe_remote=${ASR_REMOTE_PATH:-}
probe_record=/usr/local/.vx_version
probe_record_copy=/etc/vxagent/backup/.vx_version
probe_newline='
'
probe_source_keys='"(SubscriptionId|ContainerId|ContainerUniqueName|ResourceId|ResourceLocation|BiosId|Fqdn|Id|FriendlyName'\
'|IpAddresses|NatIpAddress|Port)" *: *("([^"\]|\\.)*"|[0-9]+|\[[^]]*\])'

# --- writing facts down ---------------------------------------------------------------------------------------------

probe_escape() { # text character -> probe_escaped: the character, wherever it stands, replaced by its written form $3
    probe_rest=$1
    probe_escaped=
    while :; do
        case $probe_rest in
            *"$2"*)
                probe_escaped=$probe_escaped${probe_rest%%"$2"*}$3
                probe_rest=${probe_rest#*"$2"}
                ;;
            *) break ;;
        esac
    done
    probe_escaped=$probe_escaped$probe_rest
}

probe_emit() { # key value
    case $2 in
        *\\* | *"$probe_newline"*)
            probe_escape "$2" "\\" "\\\\"
            probe_escape "$probe_escaped" "$probe_newline" '\n'
            printf '%s=%s\n' "$1" "$probe_escaped"
            ;;
        *) printf '%s=%s\n' "$1" "$2" ;;
    esac
}

probe_emit_if() { # key value: only when there is a value
    [ -z "$2" ] || probe_emit "$1" "$2"
}

probe_file() { # path: its first 64 lines
    [ -f "$1" ] && [ -r "$1" ] || return 0
    probe_count=0
    while IFS= read -r probe_line || [ -n "$probe_line" ]; do
        probe_count=$((probe_count + 1))
        [ "$probe_count" -le 64 ] || break
        printf 'file.%s|%s\n' "$1" "$probe_line"
    done <"$1"
}

probe_identity_file() { # path: an empty one is there, and so is one that cannot be read
    probe_count=0
    probe_file "$1"
    [ "$probe_count" -eq 0 ] || return 0
    if [ -f "$1" ] && [ ! -s "$1" ]; then
        printf 'file.%s|\n' "$1"
    elif [ -e "$1" ] || [ -L "$1" ]; then
        probe_emit identity.unreadable "$1"
    fi
}

probe_first_line() { # key path
    [ -r "$2" ] || return 0
    probe_line=
    { read -r probe_line <"$2"; } 2>/dev/null
    probe_emit_if "$1" "$probe_line"
}

probe_find_program() { # name -> probe_path: the program itself; a busybox shell may have an applet of that name
    probe_word=$IFS
    IFS=:
    for probe_path in $PATH; do
        probe_path=$probe_path/$1
        [ ! -x "$probe_path" ] || break
    done
    IFS=$probe_word
    [ -x "$probe_path" ]
}

probe_exists() { # key path: 1 or 0, a dangling link counts
    if [ -e "$2" ] || [ -L "$2" ]; then probe_emit "$1" 1; else probe_emit "$1" 0; fi
}

# --- programs that may hang -----------------------------------------------------------------------------------------
#
# One that sleeps inside the kernel, or does not care for a signal, is left behind: it is neither waited for nor read to
# the end of its output, which would both take as long as it lives.

probe_wait() { # seconds, process of this shell: its exit code; 124 when it had to be ended
    probe_left=$(($1 * 5))
    while probe_is_alive_here "/proc/$2"; do
        if [ "$probe_left" -le 0 ]; then
            kill "$2" 2>/dev/null
            return 124
        fi
        probe_left=$((probe_left - 1))
        sleep 0.2 2>/dev/null || { sleep 1 && probe_left=$((probe_left - 4)); }
    done
    wait "$2"
}

probe_bounded() { # seconds program argument...: without input, its exit code as probe_wait tells it
    probe_seconds=$1
    shift
    exec "$@" </dev/null &
    probe_wait "$probe_seconds" "$!"
}

probe_output() { # seconds program argument...: what it prints, and its exit code; errors are not read
    {
        probe_bounded "$@" 2>/dev/null
        printf '\nprobe-end %s\n' "$?"
    } | probe_read_output
}

probe_read_output() { # up to the line that tells the exit code, which is returned
    while IFS= read -r probe_line; do
        case $probe_line in 'probe-end '*) return "${probe_line#* }" ;; esac
        printf '%s\n' "$probe_line"
    done
}

# --- the host -------------------------------------------------------------------------------------------------------

probe_identity() {
    probe_emit uid "$(id -u 2>/dev/null)"
    probe_emit uname "$(uname -nrm 2>/dev/null)"
    probe_first_line boot_id /proc/sys/kernel/random/boot_id
    probe_first_line bios_id /sys/class/dmi/id/product_uuid
    probe_first_line initrd.in_doubt /etc/vxagent/asr-mobility.do-not-restart
    if [ ! -e /sys/class/dmi/id/product_uuid ] && command -v dmidecode >/dev/null 2>&1; then # RHEL 5
        probe_emit_if bios_id "$(dmidecode -s system-uuid 2>/dev/null)"
    fi
    for probe_path in /etc/oracle-release /etc/redhat-release /etc/SuSE-release /etc/os-release /etc/lsb-release \
        /etc/debian_version; do
        probe_identity_file "$probe_path"
    done
}

probe_grub() { # the little of the boot loader's choice that plain files tell
    for probe_path in /boot/grub2/grubenv /boot/grub/grubenv; do
        [ -r "$probe_path" ] || continue
        while IFS= read -r probe_line; do
            case $probe_line in
                saved_entry=* | next_entry=*) probe_emit "kernel.${probe_line%%=*}" "${probe_line#*=}" ;;
            esac
        done <"$probe_path"
    done
    [ ! -r /etc/default/grub ] || while read -r probe_line; do
        case $probe_line in GRUB_DEFAULT=*) probe_emit kernel.grub_default "${probe_line#*=}" ;; esac
    done </etc/default/grub
    for probe_path in /boot/loader/entries/*.conf; do
        [ -r "$probe_path" ] || continue
        while read -r probe_word probe_value _; do
            [ "$probe_word" != linux ] || probe_emit kernel.entry "${probe_path##*/}|$probe_value"
        done <"$probe_path"
    done
}

# RHEL 5 and 6, SLES 11: the default's number, and the kernels with the numbers of their titles. Images of GRUB 2 keep
# such files for a hypervisor that boots nothing else, and forget them.
probe_legacy_grub() {
    for probe_path in /boot/grub2/grub.cfg /boot/grub/grub.cfg /boot/efi/EFI/*/grub.cfg; do
        [ ! -e "$probe_path" ] || return 0
    done
    for probe_path in /boot/grub/grub.conf /boot/grub/menu.lst; do
        [ -r "$probe_path" ] || continue
        probe_count=-1
        while read -r probe_word probe_value _; do
            case $probe_word in
                default=*) probe_emit kernel.legacy_default "${probe_word#*=}" ;;
                default) probe_emit kernel.legacy_default "$probe_value" ;;
                title) probe_count=$((probe_count + 1)) ;;
                kernel | module) probe_emit kernel.legacy "$probe_count|$probe_value" ;; # under Xen the kernel is a module
            esac
        done <"$probe_path"
        break
    done
}

probe_kernels() {
    for probe_path in /boot/vmlinuz-*; do
        [ ! -e "$probe_path" ] || probe_emit kernel.installed "${probe_path#/boot/vmlinuz-}"
    done
    for probe_path in /lib/modules/*; do
        [ ! -d "$probe_path" ] || probe_emit kernel.modules "${probe_path##*/}"
    done
    probe_grub
    probe_legacy_grub
}

probe_tools() {
    for probe_path in bash tar gzip xz unlzma sha256sum curl wget systemctl systemd-run rpm lsmod modprobe depmod \
        locale hostname awk sed ps df mount blkid sfdisk; do
        if command -v "$probe_path" >/dev/null 2>&1; then
            probe_emit "tool.$probe_path" 1
        else
            probe_emit "tool.$probe_path" 0
        fi
    done
}

# --- file systems ---------------------------------------------------------------------------------------------------

probe_filesystem() { # name path: of the nearest directory that exists; remembers the mount point
    case $2 in /*) probe_path=$2 ;; *) return 0 ;; esac
    while [ ! -d "$probe_path" ]; do
        probe_path=${probe_path%/*}
        [ -n "$probe_path" ] || probe_path=/
    done
    probe_value=$(df -Pk "$probe_path" 2>/dev/null) || return 0
    probe_value=${probe_value##*"$probe_newline"}
    probe_emit "fs.$1" "$probe_path|$probe_value"
    probe_mounts="$probe_mounts ${probe_value##* } "
}

probe_filesystems() {
    probe_mounts=
    probe_filesystem root /
    probe_filesystem prefix "$probe_installation"
    probe_filesystem boot /boot
    probe_filesystem vxagent /etc/vxagent
    probe_filesystem staging "$probe_staging"
    probe_filesystem upload /var/tmp
    [ -r /proc/mounts ] || return 0
    while read -r probe_word probe_path probe_value; do
        case $probe_mounts in *" $probe_path "*) probe_emit mount "$probe_word $probe_path $probe_value" ;; esac
    done </proc/mounts
}

# --- the agent ------------------------------------------------------------------------------------------------------

probe_find_installation() { # INSTALLATION_DIR of the record or of its copy, else <prefix>/Vx
    probe_installation=$probe_prefix/Vx
    for probe_path in "$probe_record_copy" "$probe_record"; do
        if [ ! -f "$probe_path" ] || [ ! -r "$probe_path" ]; then continue; fi
        [ -e "$probe_record" ] || break
        while IFS=' =' read -r probe_word probe_value; do
            case $probe_word$probe_value in INSTALLATION_DIR/*) probe_installation=$probe_value ;; esac
        done <"$probe_path"
    done
    probe_emit agent.installation "$probe_installation"
}

probe_files_of_agent() {
    probe_exists record.exists "$probe_record"
    probe_file "$probe_record"
    probe_file "$probe_record_copy"
    if [ -d "$probe_installation/bin" ]; then probe_emit agent.tree 1; else probe_emit agent.tree 0; fi
    probe_exists agent.config_link /usr/local/drscout.conf
    probe_exists agent.uninstaller "${probe_installation%/*}/uninstall.sh"
    probe_exists agent.inner_uninstaller "$probe_installation/bin/uninstall"
    probe_exists agent.source_config "$probe_installation/etc/SourceConfig.json"
    probe_exists agent.respawn_disabled /usr/local/.norespawn_vxagent
    probe_exists agent.unfinished /etc/vxagent/asr-mobility.unfinished
    [ ! -L "$probe_installation/bin/svagents" ] ||
        probe_emit agent.svagents_link "$(readlink "$probe_installation/bin/svagents" 2>/dev/null)"
    for probe_path in /etc/systemd/system/vxagent.service /etc/init.d/vxagent; do
        [ ! -e "$probe_path" ] || probe_emit agent.service "$probe_path"
    done
}

probe_drscout() { # the keys that tell registration, and nothing else: the file may hold secrets
    for probe_path in "$probe_installation/etc/drscout.conf" /usr/local/drscout.conf; do
        if [ ! -f "$probe_path" ] || [ ! -r "$probe_path" ]; then continue; fi
        probe_emit drscout.path "$probe_path"
        while read -r probe_line || [ -n "$probe_line" ]; do
            case $probe_line in *=*) ;; *) continue ;; esac
            probe_word=${probe_line%%=*}
            while :; do
                case $probe_word in *[\ \	]) probe_word=${probe_word%?} ;; *) break ;; esac
            done
            case $probe_word in
                HostId | CSType | VmPlatform | PlatformChange | PlatformChangeToCSPrime | CloudPairingStatus | Role | \
                    IsCredentialLessDiscovery | InstallDirectory | Hostname | Port | ExternalIpAddress)
                    probe_emit "drscout.$probe_word" "${probe_line#*=}"
                    ;;
            esac
        done <"$probe_path"
        return 0
    done
}

# Only when asked: the hash of the stored passphrase, salted with the caller's word, and the harmless keys of the stored
# configuration file. Passphrase and certificate stay in pipes: they are in no argument, no variable and no output.
probe_stored_registration() {
    [ -n "${ASR_NONCE:-}" ] || return 0
    probe_emit stored.asked 1
    probe_path=/usr/local/InMage/private/connection.passphrase
    if [ -f "$probe_path" ] && [ -r "$probe_path" ]; then
        probe_value=$({ printf '%s' "$ASR_NONCE" && tr -d '\r\n' <"$probe_path"; } | sha256sum 2>/dev/null)
        probe_emit_if stored.passphrase "${probe_value%% *}"
    fi
    probe_path=$probe_installation/etc/SourceConfig.json
    if [ ! -f "$probe_path" ] || [ ! -r "$probe_path" ]; then return 0; fi
    tr -d '\r\n\t' <"$probe_path" | grep -oE "$probe_source_keys" 2>/dev/null |
        while IFS= read -r probe_line; do probe_emit stored.source "$probe_line"; done
}

probe_driver() {
    if probe_find_program lsmod; then probe_value=$("$probe_path" 2>/dev/null); else probe_value=; fi
    if [ -z "$probe_value" ] && [ -r /proc/modules ]; then
        while read -r probe_word _; do probe_value=$probe_value$probe_newline$probe_word\ ; done </proc/modules
    fi
    case $probe_newline$probe_value in
        *"$probe_newline"involflt\ *) probe_emit driver.loaded 1 ;;
        *) probe_emit driver.loaded 0 ;;
    esac
    for probe_path in /lib/modules/*/kernel/drivers/char/involflt.ko*; do
        [ -e "$probe_path" ] || continue
        probe_path=${probe_path#/lib/modules/}
        probe_emit driver.kernel "${probe_path%%/*}"
    done
}

probe_has_package_database() { # without one rpm would make an empty one
    for probe_path in /var/lib/rpm/Packages /var/lib/rpm/Packages.db /var/lib/rpm/rpmdb.sqlite \
        /usr/lib/sysimage/rpm/Packages.db /usr/lib/sysimage/rpm/rpmdb.sqlite; do
        [ ! -e "$probe_path" ] || return 0
    done
    return 1
}

# Only where there are traces of an agent, or leftovers are asked for, because opening the rpm database touches its files.
# The query runs beside the rest, and its output goes nowhere, so that a stuck one holds no connection.
probe_package_start() {
    probe_query=
    [ "$probe_traces" = 1 ] || [ "${ASR_REMAINS:-}" = 1 ] || return 0
    [ -z "$probe_package_busy" ] && probe_has_package_database && probe_find_program rpm || return 0
    probe_rpm=$probe_path
    exec "$probe_rpm" -q InMageVx </dev/null >/dev/null 2>&1 &
    probe_query=$!
}

probe_query_seconds=20 # `rpm -qa` of an old, busy host takes its time, but a stuck database may never answer

# With a broken database rpm calls a package "not installed" as well; then it is asked for all, as the installer does.
probe_package_end() {
    [ -z "$probe_package_busy" ] || probe_emit package.skipped "$probe_package_busy"
    [ -n "$probe_query" ] || return 0
    probe_value=installed
    probe_wait "$probe_query_seconds" "$probe_query" || probe_value=$?
    if [ "$probe_value" = 1 ]; then
        exec "$probe_rpm" -qa </dev/null >/dev/null 2>&1 &
        probe_query=$!
        probe_value=absent
        probe_wait "$probe_query_seconds" "$probe_query" || probe_value=$?
    fi
    case $probe_value in
        installed)
            probe_emit package.installed 1
            [ "${ASR_REMAINS:-}" != 1 ] || probe_emit remains "package InMageVx"
            ;;
        absent) probe_emit package.installed 0 ;;
        124) probe_emit package.skipped rpm-query-hangs ;;
        *) probe_emit package.skipped rpm-database-broken ;;
    esac
}

probe_closely() { # costs time, so only when asked; du is not bounded, because a large tree takes its time
    [ "${ASR_CLOSELY:-}" = 1 ] && [ -d "$probe_installation" ] || return 0
    probe_value=$(du -sk "$probe_installation" 2>/dev/null)
    probe_emit_if agent.tree_kib "${probe_value%%[!0-9]*}"
    [ -x "$probe_installation/bin/inm_dmit" ] || return 0
    probe_value=$(probe_output 10 "$probe_installation/bin/inm_dmit" --op=get_driver_version)
    probe_emit_if driver.version "$probe_value"
}

probe_is_empty() { # directory
    [ -d "$1" ] || return 1
    for probe_value in "$1"/* "$1"/.[!.]*; do
        if [ -e "$probe_value" ] || [ -L "$probe_value" ]; then return 1; fi
    done
}

# What a removal leaves behind, and what an interrupted installation or removal does: exactly what remove_leftovers.sh
# can remove. Other files in the same directories are not the product's; the saved initrd images are never removed.
probe_remains() {
    [ "${ASR_REMAINS:-}" = 1 ] || return 0
    for probe_path in "$probe_prefix" /var/scst/vdisk /etc/vxagent /etc/vxagent/orig_initrd_images; do
        ! probe_is_empty "$probe_path" || probe_emit remains "$probe_path"
    done
    for probe_path in "$probe_installation" "${probe_installation%/*}/uninstall.sh" \
        "${probe_installation%/*}/.uninstall.lck" "${probe_installation%/*}/Third-Party_Notices.txt" \
        /usr/local/InMage /usr/local/.vx_host_id \
        /usr/local/.vx_install_manifest /usr/local/drscout.conf /usr/local/.norespawn_vxagent /etc/vxagent/* \
        /etc/systemd/system/vxagent.service /etc/systemd/system/uarespawnd.service \
        /etc/systemd/system/vConService_linux.service /etc/systemd/system/involflt_start.service \
        /etc/systemd/system/involflt_stop.service /etc/init.d/vxagent /etc/init.d/uarespawnd \
        /etc/init.d/vConService_linux /etc/init.d/boottimemirroring_phase1 /etc/init.d/boottimemirroring_phase2 \
        /etc/sysconfig/modules/inmaged.modules /etc/init/involflt.conf \
        /etc/udev/rules.d/09-inm_udev.rules /lib/modules/*/kernel/drivers/char/involflt.ko /var/log/ua_install.log \
        /var/log/ua_uninstall.log /var/log/InstallerErrors.json /var/log/cdpcli.log* /var/log/svagents*.log \
        /var/log/appservice*.log /var/log/uarespawnd.log /var/log/AzureRcmCli.log /var/log/InMage_drivers.log \
        /var/log/ASRsetuptelemetry /var/log/ASRsetuptelemetry_uploaded /var/log/ApplicationPolicyLogs /var/log/vxlogs; do
        case $probe_path in */orig_initrd_images | */asr-mobility.do-not-restart) continue ;; esac
        if [ -e "$probe_path" ] || [ -L "$probe_path" ]; then probe_emit remains "$probe_path"; fi
    done
}

# --- processes ------------------------------------------------------------------------------------------------------

probe_is_alive_here() { # process directory: not a zombie, and not inside a container of this host
    probe_line=
    { IFS= read -r probe_line <"$1/stat"; } 2>/dev/null
    case ${probe_line##*) } in '' | [ZX]*) return 1 ;; esac
    [ -n "$probe_pid_space" ] || return 0
    [ "$(readlink "$1/ns/pid" 2>/dev/null)" = "$probe_pid_space" ]
}

probe_program() { # standard input: arguments, one per line; prints the program, or the script that a shell runs
    IFS= read -r probe_word || :
    case ${probe_word##*/} in
        bash | -bash | sh | -sh | dash | ash | ksh | mksh | busybox)
            while IFS= read -r probe_word; do
                case $probe_word in
                    -*c*) return 0 ;;
                    -* | sh | ash) ;;
                    *) break ;;
                esac
            done
            ;;
    esac
    printf '%s' "$probe_word"
}

probe_installer_process() { # process directory: Microsoft's own scripts, told by name and working directory
    probe_line=
    { IFS= read -r probe_line <"$1/cmdline"; } 2>/dev/null
    case $probe_line in # arguments run together here (a shell drops the NUL bytes): only a first, cheap sieve
        *AgentUpgrade.sh* | *UnifiedAgentConfigurator.sh* | *install* | *[Pp]ush[Ii]nstall* | *pushclient*) ;;
        *) return 0 ;;
    esac
    probe_is_alive_here "$1" || return 0
    probe_value=$(tr '\000' '\n' <"$1/cmdline" 2>/dev/null | probe_program)
    case ${probe_value##*/} in
        uninstall.sh) # a common name: the agent's own, or that of an archive
            case $probe_value in
                "${probe_installation%/*}/uninstall.sh" | /*/extracted/uninstall.sh) ;;
                *) [ -e "$1/cwd/install_vx" ] || [ -e "$1/cwd/Vx/bin" ] || return 0 ;;
            esac
            ;;
        AgentUpgrade.sh | UnifiedAgentConfigurator.sh | install_vx | hotfix_install.sh | [Pp]ush[Ii]nstall* | pushclient*) ;;
        install) [ -e "$1/cwd/install_vx" ] || return 0 ;;
        *) return 0 ;;
    esac
    probe_word=$(readlink "$1/cwd" 2>/dev/null)
    if [ -z "$probe_word" ] && [ -r /proc/1/environ ]; then return 0; fi # root reads that of every process that lives
    probe_emit installer.process "${1#/proc/}|$probe_word|$probe_value"
}

probe_process_name() { # process directory -> probe_word; kernels before 2.6.33 have no comm file
    probe_word=
    { IFS= read -r probe_word <"$1/comm"; } 2>/dev/null && return 0
    { IFS= read -r probe_word <"$1/stat"; } 2>/dev/null || return 1
    probe_word=${probe_word#*\(}
    probe_word=${probe_word%)*}
}

probe_daemon() { # process directory, name; probe_line holds its stat, of which field 22 is the start time
    probe_emit process "$2"
    probe_value="$2|${1#/proc/}"
    # shellcheck disable=SC2086 # the fields are meant to be split
    set -- ${probe_line##*) }
    [ "$#" -ge 20 ] || return 0
    shift 19
    probe_emit process.start "$probe_value|$1"
}

probe_processes() {
    probe_package_busy=
    probe_pid_space=$(readlink /proc/self/ns/pid 2>/dev/null)
    for probe_path in /proc/[0-9]*; do
        probe_process_name "$probe_path" || continue
        case $probe_word in
            svagents | appservice | s2 | s2A2A | s2V2A | dataprotection)
                ! probe_is_alive_here "$probe_path" || probe_daemon "$probe_path" "$probe_word"
                ;;
            wdavdaemon | mdatp | falcon-sensor | falcon-sensor-b | s1-agent | s1-orchestrator | savd | \
                savscand | sophos-spl | sophos_threat_d | ds_agent | ds_am | tmxbc | cbagentd | cbdaemon | \
                clamd | clamonacc | mfetpd | masvc | sisamdagent | sisidsdaemon | xagt | bdsecd | epagd | \
                oaeventd | eraagent | kesl | klnagent | traps_pmd | cylancesvc)
                probe_emit scanner "$probe_word" # the names of data/antivirus.yml
                ;;
            rpm | yum | dnf | dnf5 | zypper) ! probe_is_alive_here "$probe_path" || probe_package_busy=$probe_word ;;
            bash | sh | dash | ash | ksh | busybox | install | install_vx | AgentUpgrade.sh | hotfix_install* | \
                UnifiedAgentCon* | uninstall.sh | [Pp]ush[Ii]nstall* | pushclient*) probe_installer_process "$probe_path" ;;
        esac
    done
}

# --- what the caller brought ----------------------------------------------------------------------------------------

probe_brought() {
    case $probe_remote in /*) ;; *) return 0 ;; esac
    if [ -d "$probe_remote" ]; then
        probe_emit remote.kind directory
    elif [ -f "$probe_remote" ]; then
        probe_emit remote.kind file
    else
        probe_emit remote.kind missing
        return 0
    fi
    # shellcheck disable=SC2012 # sizes in one call; names that are not plain are not taken anyway
    ls -lnL "$probe_remote" 2>/dev/null | {
        probe_count=0
        while IFS= read -r probe_line; do
            case $probe_line in -*[Aa][Ss][Rr]*[Uu][Aa]*) ;; *) continue ;; esac
            probe_count=$((probe_count + 1))
            [ "$probe_count" -le 1000 ] || break
            probe_emit remote.entry "$probe_line"
        done
    }
}

probe_identity
probe_find_installation
probe_files_of_agent
probe_processes
probe_traces=0
if [ -e "$probe_record" ] || [ -d "$probe_installation" ]; then probe_traces=1; fi
probe_package_start
probe_drscout
probe_stored_registration
probe_driver
probe_kernels
probe_tools
probe_filesystems
probe_brought
probe_closely
probe_remains
if command -v asr_run_status >/dev/null 2>&1; then asr_run_status "$probe_staging"; fi
if command -v asr_leftovers >/dev/null 2>&1; then asr_leftovers; fi
if command -v asr_preflight >/dev/null 2>&1; then asr_preflight; fi
probe_package_end
printf 'probe=complete\n'
