# shellcheck shell=sh
# Try every endpoint at the same time, each for a few seconds, with bash's /dev/tcp; nothing is written on the host.
# Variables: ASR_ENDPOINTS (lines "host port"), ASR_SECONDS.
# Output: one line "answer=<host> <port> <exit code> <words of bash>" for each. No program `timeout` is needed.
asr_is_at_work() { # process id: a zombie is not
    asr_stat=
    { IFS= read -r asr_stat <"/proc/$1/stat"; } 2>/dev/null || return 1
    case ${asr_stat##*) } in
        '' | [ZX]*) return 1 ;;
    esac
}

asr_connect() { # host port: the words of bash, then a last word with its exit code
    # shellcheck disable=SC2016 # bash expands these, as arguments: they are never part of its program
    exec bash -c 'exec 3<>"/dev/tcp/$1/$2"' asr "$1" "$2" </dev/null 2>&1 &
    asr_pid=$!
    asr_left=$((ASR_SECONDS * 5))
    while asr_is_at_work "$asr_pid" && [ "$asr_left" -gt 0 ]; do
        asr_left=$((asr_left - 1))
        sleep 0.2 2>/dev/null || { sleep 1 && asr_left=$((asr_left - 4)); }
    done
    if asr_is_at_work "$asr_pid"; then
        kill "$asr_pid" 2>/dev/null
        echo 'still trying'
    fi
    wait "$asr_pid" 2>/dev/null
    printf ' code=%s' "$?"
}

asr_try() { # host port
    asr_words=$(asr_connect "$1" "$2" 2>&1 | tr '\n\r' '  ')
    printf 'answer=%s %s %s %s\n' "$1" "$2" "${asr_words##*code=}" "${asr_words% code=*}"
}

while read -r asr_host asr_port; do
    [ -z "$asr_port" ] || asr_try "$asr_host" "$asr_port" &
done <<END
$ASR_ENDPOINTS
END
wait
