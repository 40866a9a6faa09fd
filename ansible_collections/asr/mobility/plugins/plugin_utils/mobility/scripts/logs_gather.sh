# shellcheck shell=sh
# Gather the end of each log of the agent and the words of a few programs into one file, ASR_DIRECTORY/bundle, and print
# what lies where in it. Variables: ASR_DIRECTORY (private, of root), ASR_STAGING, ASR_RECORD, ASR_PASSPHRASE (file),
# ASR_FILES (one pattern a line), ASR_FILE_LIMIT and ASR_LIMIT (bytes), ASR_LIST (1: only print what is there).
#
# Output: member=<bytes in the bundle>|<bytes there are>|<name>, in the order of the bundle; skipped=<reason>|<name>;
# compressed=<gzip or none>. The content is never printed: it may hold secrets that nobody has masked yet.
# shellcheck disable=SC2154,SC2317 # the variables are set by the caller; some functions are called by name

asr_bundle=$ASR_DIRECTORY/bundle
asr_left=$ASR_LIMIT
asr_installation=$(sed -n 's/^INSTALLATION_DIR *= *//p' "$ASR_RECORD" 2>/dev/null | head -n 1)
asr_mask='***masked***'

# asr_harmless FILE: false for what holds secrets or lies elsewhere, whatever link led there.
asr_harmless() {
    asr_real=$(readlink -f "$1" 2>/dev/null) || asr_real=$1
    case ${asr_real##*/} in
        *assphrase* | *SourceConfig* | *.pfx | *.pem | *.key | *.crt | id_*) return 1 ;;
    esac
    case $asr_real in
        */private/* | */certs/* | */fingerprints/* | */.ssh/*) return 1 ;;
        /var/log/* | /usr/local/InMage/config/* | /etc/*-release | /etc/debian_version | /usr/lib/os-release) ;;
        "$ASR_STAGING"/run/* | "$ASR_RECORD" | */.vx_version) ;;
        "${asr_installation:-/nowhere}"/etc/drscout.conf) ;;
        *) return 1 ;;
    esac
}

# The passphrase of the configuration server may stand anywhere in a log, without a word beside it. Where awk is there it
# is replaced on its way into the bundle; its value is read from its file by awk itself and never leaves it.
asr_without_passphrase() {
    if [ -s "$ASR_PASSPHRASE" ] && command -v awk >/dev/null 2>&1; then
        awk -v source="$ASR_PASSPHRASE" -v mask="$asr_mask" '
            BEGIN { getline secret < source; sub(/[ \t\r]+$/, "", secret); size = length(secret) }
            {
                rest = $0; line = ""
                while (size > 5 && (at = index(rest, secret)) > 0) {
                    line = line substr(rest, 1, at - 1) mask
                    rest = substr(rest, at + size)
                }
                print line rest
            }'
    else
        cat
    fi
}

asr_size() { # file
    wc -c <"$1" 2>/dev/null | tr -d ' '
}

asr_append() { # name, bytes there are; standard input: the content, already cut
    asr_before=$(asr_size "$asr_bundle")
    asr_without_passphrase >>"$asr_bundle" || asr_fail space "no room for the bundle in $ASR_DIRECTORY"
    printf 'member=%s|%s|%s\n' "$(($(asr_size "$asr_bundle") - asr_before))" "$2" "$1"
}

asr_smaller() { # two numbers -> asr_bytes
    asr_bytes=$1
    [ "$2" -ge "$1" ] || asr_bytes=$2
}

asr_file() { # path
    if [ ! -f "$1" ]; then return 0; fi
    case $1 in *[!A-Za-z0-9._/+@:=,-]*)
        echo 'skipped=name|a file with an odd name'
        return 0
        ;;
    esac
    asr_harmless "$1" || {
        printf 'skipped=private|%s\n' "$1"
        return 0
    }
    asr_there=$(asr_size "$1")
    if [ -z "$asr_there" ]; then
        printf 'skipped=unreadable|%s\n' "$1"
    elif [ "$ASR_LIST" = 1 ]; then
        printf 'member=%s|%s|%s\n' "$asr_there" "$asr_there" "$1"
    elif [ "$asr_left" -le 0 ]; then
        printf 'skipped=full|%s\n' "$1"
    else
        asr_smaller "$ASR_FILE_LIMIT" "$asr_left"
        # head: a file that grows meanwhile is cut where it was
        tail -c "$asr_bytes" "$1" 2>/dev/null | head -c "$asr_bytes" | asr_append "$1" "$asr_there" || exit 70
        asr_left=$((ASR_LIMIT - $(asr_size "$asr_bundle")))
    fi
}

asr_command() { # name program argument...
    asr_name=$1
    shift
    command -v "$1" >/dev/null 2>&1 || return 0
    if [ "$ASR_LIST" = 1 ]; then
        printf 'member=0|0|command:%s\n' "$asr_name"
        return 0
    elif [ "$asr_left" -le 0 ]; then
        printf 'skipped=full|command:%s\n' "$asr_name"
        return 0
    fi
    asr_smaller "$ASR_FILE_LIMIT" "$asr_left"
    asr_limited "$@" </dev/null 2>&1 | head -c "$asr_bytes" | asr_append "command:$asr_name" 0 || exit 70
    asr_left=$((ASR_LIMIT - $(asr_size "$asr_bundle")))
}

asr_limited() { # program argument...: at most half a minute, where that can be had
    case $1 in asr_*)
        "$@"
        return 0
        ;;
    esac
    if command -v timeout >/dev/null 2>&1; then timeout 30 "$@"; else "$@"; fi
}

asr_processes() { # of the agent, with their states
    for asr_process in /proc/[0-9]*; do
        asr_comm=
        { IFS= read -r asr_comm <"$asr_process/comm"; } 2>/dev/null || continue
        case $asr_comm in
            svagents* | appservice* | uarespawnd* | s2 | s2[AV]2A | cdpcli | AzureRcmCli | dataprotection* | inm_dmit)
                printf '%s %s\n' "${asr_process#/proc/}" "$asr_comm"
                grep -s -e '^State' -e '^PPid' -e '^VmRSS' "$asr_process/status"
                ;;
        esac
    done
}

asr_units() {
    for asr_unit in vxagent uarespawnd vConService_linux involflt_start involflt_stop asr-mobility-run; do
        systemctl show --property=Id,LoadState,ActiveState,SubState,UnitFileState,ExecMainStatus "$asr_unit" 2>&1
        echo
    done
}

asr_agent_programs() {
    [ -d "$asr_installation" ] || return 0
    ls -la "$asr_installation" "$asr_installation/bin" "$asr_installation/etc"
    [ ! -x "$asr_installation/bin/inm_dmit" ] || asr_limited "$asr_installation/bin/inm_dmit" --op=get_driver_version
}

asr_all_files() {
    asr_split=$IFS
    IFS='
'
    for asr_pattern in $ASR_FILES; do
        case $asr_pattern in
            @staging@/*) asr_pattern=$ASR_STAGING${asr_pattern#@staging@} ;;
            @installation@/*)
                case $asr_installation in /*) ;; *) continue ;; esac
                asr_pattern=$asr_installation${asr_pattern#@installation@}
                ;;
        esac
        for asr_path in $asr_pattern; do
            IFS=$asr_split
            asr_file "$asr_path"
            IFS='
'
        done
    done
    IFS=$asr_split
}

if [ "$ASR_LIST" != 1 ]; then
    set -C
    : >"$asr_bundle" || asr_fail failed "cannot write to $ASR_DIRECTORY"
    set +C
fi
asr_all_files
asr_command system uname -a
asr_command modules lsmod
asr_command drivers find /lib/modules -name 'involflt.ko*' -exec ls -l {} +
asr_command disks df -Pk
asr_command mounts cat /proc/mounts
asr_command boot ls -l /boot
asr_command processes asr_processes
asr_command agent asr_agent_programs
command -v systemctl >/dev/null 2>&1 && asr_command units asr_units
asr_command journal journalctl --no-pager --lines=300 --unit=vxagent --unit=uarespawnd --unit=asr-mobility-run
if [ "$ASR_LIST" != 1 ]; then
    if command -v gzip >/dev/null 2>&1 && gzip -1 "$asr_bundle"; then
        echo compressed=gzip
    else
        echo compressed=none
    fi
fi
exit 0
