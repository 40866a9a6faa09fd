# shellcheck shell=sh
# shellcheck disable=SC2153,SC2154 # the variables are set by the caller and by proxy_file.sh
# Where the agent's proxy file is, who could change it, and what it says. Follows private.sh, sha256.sh, proxy_file.sh.
# Variables: ASR_RECORD, ASR_CONFIG (the agent's record, and its configuration where the record names none), ASR_DEFAULT
# (the proxy file unless the configuration names another one). Writes nothing.
# Output: lines key=value. A user name or password in an address is never printed, only that there is one.
asr_installation=
if [ -f "$ASR_RECORD" ]; then
    echo agent=1
    asr_installation=$(sed -n 's/^INSTALLATION_DIR *= *//p' "$ASR_RECORD" | head -n 1)
fi
asr_named=
for asr_config in "$asr_installation/etc/drscout.conf" "$ASR_CONFIG"; do
    [ -f "$asr_config" ] || continue
    asr_named=$(sed -n 's/^[[:space:]]*ProxySettingsPath[[:space:]]*=[[:space:]]*//p' "$asr_config" | tail -n 1)
    asr_trim "$asr_named"
    asr_named=$asr_trimmed
    break
done
printf 'installation=%s\n' "$asr_installation"
printf 'named=%s\n' "$asr_named"
asr_path=${asr_named:-$ASR_DEFAULT}

asr_space=$(readlink /proc/self/ns/pid 2>/dev/null)
for asr_file in /proc/[0-9]*; do
    asr_name=
    { IFS= read -r asr_name <"$asr_file/comm"; } 2>/dev/null || continue
    case $asr_name in svagents | appservice) ;; *) continue ;; esac
    # not the process of a container on this host
    [ "$(readlink "$asr_file/ns/pid" 2>/dev/null)" != "$asr_space" ] || printf 'running.%s=1\n' "$asr_name"
done

case $asr_path in /*) ;; *) exit 0 ;; esac
asr_part=$asr_path
asr_count=0
while [ -n "${asr_part%/*}" ]; do
    asr_part=${asr_part%/*}
    [ -e "$asr_part" ] || continue
    asr_count=$((asr_count + 1))
    printf 'parent.%s=%s %s\n' "$asr_count" "$(asr_traits "$asr_part/")" "$asr_part"
done
[ ! -d "${asr_path%/*}" ] || echo directory=1
if [ -L "$asr_path" ]; then
    echo kind=link
    exit 0
elif [ ! -e "$asr_path" ]; then
    echo kind=missing
    exit 0
elif [ ! -f "$asr_path" ]; then
    echo kind=other
    exit 0
fi
echo kind=file
printf 'traits=%s\n' "$(asr_traits "$asr_path")"
printf 'sha256=%s\n' "$(asr_sha256 "$asr_path")"
asr_printed=' '
while IFS= read -r asr_line || [ -n "$asr_line" ]; do
    asr_classify "$asr_line"
    asr_in_proxy "$asr_kind" || continue
    case $asr_kind in
        Address | Port | BypassList) ;;
        *) continue ;;
    esac
    case $asr_value in
        *@*)
            printf 'credentials=1\n'
            asr_value=${asr_value%%://*}://${asr_value##*@}
            ;;
    esac
    case $asr_printed in *" $asr_kind "*) echo duplicates=1 ;; esac
    asr_printed="$asr_printed$asr_kind "
    printf 'key.%s=%s\n' "$asr_kind" "$asr_value"
done <"$asr_path"
