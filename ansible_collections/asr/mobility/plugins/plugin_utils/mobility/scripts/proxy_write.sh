# shellcheck shell=sh
# shellcheck disable=SC2154 # the variables are set by the caller and by proxy_file.sh
# Set or remove the keys of the agent's proxy file; every other line stays as it is. Follows private.sh, sha256.sh,
# proxy_file.sh. Variables: ASR_PATH, ASR_SHA256 (of the file that was looked at; empty: there was none), ASR_ADDRESS,
# ASR_PORT, ASR_BYPASS (values; an empty one removes its key), ASR_KEEP_BYPASS (1: leave that key as it is).
asr_now=
[ ! -f "$ASR_PATH" ] || asr_now=$(asr_sha256 "$ASR_PATH")
[ "$asr_now" = "$ASR_SHA256" ] || asr_fail changed "another content of $ASR_PATH than a moment ago"

asr_newline='
'
asr_written=' '
[ "$ASR_KEEP_BYPASS" != 1 ] || asr_written=' BypassList '

asr_broken=
asr_put() { # text: a full disk in the middle of a file must not cost its rest
    printf '%s' "$1" || asr_broken=1
}

asr_key() { # key value: once, and only with a value
    case $asr_written in *" $1 "*) return 0 ;; esac
    asr_written="$asr_written$1 "
    [ -z "$2" ] || asr_put "$1=$2$asr_newline"
}

asr_missing_keys() { # what the section did not have yet, before it ends
    asr_key Address "$ASR_ADDRESS"
    asr_key Port "$ASR_PORT"
    asr_key BypassList "$ASR_BYPASS"
}

asr_rest() { # blank lines that were held back: keys go before them
    asr_put "$asr_blank"
    asr_blank=
}

asr_edited() { # the new content
    asr_blank=
    asr_seen=
    while IFS= read -r asr_line || [ -n "$asr_line" ]; do
        asr_classify "$asr_line"
        case $asr_kind in
            blank)
                asr_blank=$asr_blank$asr_line$asr_newline
                continue
                ;;
            section | proxy) [ "$asr_section" != proxy ] || asr_missing_keys ;;
        esac
        if asr_in_proxy "$asr_kind"; then
            asr_seen=1
            case $asr_kind in
                Address) asr_line_of Address "$ASR_ADDRESS" && continue ;;
                Port) asr_line_of Port "$ASR_PORT" && continue ;;
                BypassList) [ "$ASR_KEEP_BYPASS" = 1 ] || { asr_line_of BypassList "$ASR_BYPASS" && continue; } ;;
            esac
        fi
        asr_rest
        asr_put "$asr_line$asr_newline"
    done
    if [ -n "$asr_seen" ]; then
        [ "$asr_section" != proxy ] || asr_missing_keys
        asr_rest
    elif [ -n "$ASR_ADDRESS" ]; then
        asr_rest
        asr_put "[proxy]$asr_newline"
        asr_missing_keys
    else
        asr_rest
    fi
}

asr_line_of() { # key value: in the place of the line that was read
    asr_rest
    asr_key "$1" "$2"
}

asr_folder=${ASR_PATH%/*}
if [ ! -d "$asr_folder" ]; then
    # the installer makes these with open modes and takes them as they are; 0755 lets no more in than that
    (umask 022 && mkdir -p "$asr_folder") || asr_fail failed "cannot make $asr_folder"
fi
asr_part=$ASR_PATH.asr-mobility.$$
rm -f "$asr_part"
set -C # never through a link that somebody put there
if [ -n "$asr_now" ]; then
    asr_edited <"$ASR_PATH" >"$asr_part"
else
    asr_edited </dev/null >"$asr_part"
fi || asr_broken=1
[ -z "$asr_broken" ] || {
    rm -f "$asr_part"
    asr_fail failed "cannot write in $asr_folder"
}
set +C
if [ -z "$ASR_ADDRESS" ] && ! grep -v '^[[:space:]]*$' "$asr_part" | grep -qvi '^[[:space:]]*\[proxy][[:space:]]*$'; then
    rm -f "$asr_part" "$ASR_PATH" || asr_fail failed "cannot remove $ASR_PATH"
    exit 0
fi
if [ -n "$asr_now" ]; then
    asr_old=$(asr_traits "$ASR_PATH")
    asr_mode=$(printf '%s' "${asr_old%% *}" | sed 's/^.\(...\)\(...\)\(...\).*/u=\1,g=\2,o=\3/; s/-//g; s/[sStT]/x/g')
    asr_owners=${asr_old#* }
    { chmod "$asr_mode" "$asr_part" && chown "${asr_owners% *}:${asr_owners#* }" "$asr_part"; } || {
        rm -f "$asr_part"
        asr_fail failed "cannot give the new file the mode and owner of $ASR_PATH"
    }
fi
mv -f "$asr_part" "$ASR_PATH" || {
    rm -f "$asr_part"
    asr_fail failed "cannot replace $ASR_PATH"
}
