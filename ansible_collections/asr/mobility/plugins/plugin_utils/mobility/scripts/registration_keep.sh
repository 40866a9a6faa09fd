# shellcheck shell=sh
# What a registration may damage: kept in the run directory before, put back when it failed. A library.
# Variables: ASR_RUN (the run directory), ASR_INSTALLATION (of the agent), ASR_WAS_RUNNING and ASR_WAS_REGISTERED (1:
# before this run). Notes for the task that reads the run are lines "asr-note WORD" at the end of the output.

asr_note() {
    printf 'asr-note %s\n' "$1"
}

asr_reached() { # word: how far this run is, for whoever finds it dead
    printf '%s\n' "$1" >"$ASR_RUN/step.part" && mv -f "$ASR_RUN/step.part" "$ASR_RUN/step"
}

asr_step_is() { # word...
    asr_step=
    [ ! -f "$ASR_RUN/step" ] || read -r asr_step <"$ASR_RUN/step"
    for asr_word; do
        [ "$asr_step" != "$asr_word" ] || return 0
    done
    return 1
}

# asr_each_kept COMMAND: the command with the name of the copy and the path of the file, for each until one fails.
asr_each_kept() {
    "$1" drscout.conf "$ASR_INSTALLATION/etc/drscout.conf" &&
        { [ -L /usr/local/drscout.conf ] || "$1" drscout.conf.second /usr/local/drscout.conf; } &&
        "$1" record /usr/local/.vx_version &&
        "$1" passphrase /usr/local/InMage/private/connection.passphrase &&
        "$1" source_config "$ASR_INSTALLATION/etc/SourceConfig.json"
}

asr_same() { # file file: sha256sum is on every host on which a registration begins, cmp is not
    asr_sum=$(sha256sum <"$1") && [ -n "$asr_sum" ] && [ "$asr_sum" = "$(sha256sum <"$2")" ]
}

asr_keep() {
    mkdir "$ASR_RUN/kept" && asr_each_kept asr_keep_one && asr_keep_record_of_left && asr_keep_ground &&
        : >"$ASR_RUN/kept/complete"
}

asr_keep_one() { # name path: a copy that is one, or the mark of a file that was not there
    if [ -f "$2" ]; then
        cp -p "$2" "$ASR_RUN/kept/$1" && asr_same "$2" "$ASR_RUN/kept/$1"
    elif [ -e "$2" ] || [ -L "$2" ]; then
        return 1
    else
        : >"$ASR_RUN/kept/$1.absent"
    fi
}

# The record as it is put back once the old side was told: it may have forgotten this machine, so that the agent counts
# as registered no more and the next task registers it again, wherever that is.
asr_keep_record_of_left() {
    [ -f "$ASR_RUN/kept/record" ] || return 0
    cp -p "$ASR_RUN/kept/record" "$ASR_RUN/kept/record.left" && {
        sed '/^[[:blank:]]*AGENT_CONFIGURATION_STATUS[[:blank:]]*=/d' "$ASR_RUN/kept/record" &&
            echo AGENT_CONFIGURATION_STATUS=Failed
    } >"$ASR_RUN/kept/record.left" && [ -s "$ASR_RUN/kept/record.left" ]
}

# What whoever finds this run dead needs to know of the agent before it.
asr_keep_ground() {
    printf '%s %s\n%s\n' "$ASR_WAS_RUNNING" "$ASR_WAS_REGISTERED" "$ASR_INSTALLATION" >"$ASR_RUN/kept/ground"
}

# All that can be put back is; what cannot makes it fail.
asr_put_back() {
    asr_failed=
    asr_each_kept asr_put_back_one
    [ -z "$asr_failed" ]
}

asr_put_back_one() { # name path: removed only when it was not there
    if [ -f "$ASR_RUN/kept/$1.absent" ]; then
        rm -f "$2" || asr_failed=1
    elif [ -f "$ASR_RUN/kept/$1" ]; then
        asr_same "$ASR_RUN/kept/$1" "$2" 2>/dev/null || asr_write "$ASR_RUN/kept/$1" "$2" || asr_failed=1
    fi
}

asr_write() { # from to: in one move; through a link, and over the old file on a full disk
    [ ! -d "$2" ] || return 1
    if [ ! -L "$2" ]; then
        { cp -p "$1" "$2.asr-part" && asr_same "$1" "$2.asr-part" && mv -f "$2.asr-part" "$2"; } 2>/dev/null && return
        rm -f "$2.asr-part"
    fi
    cat "$1" >"$2" && asr_same "$1" "$2"
}

asr_daemon_runs() { # name: not a zombie, and not inside a container of this host
    for asr_process in /proc/[0-9]*; do
        asr_name=
        { IFS= read -r asr_name <"$asr_process/stat"; } 2>/dev/null || continue
        case $asr_name in
            *"($1) "[ZX]*) continue ;;
            *"($1) "*) ;;
            *) continue ;;
        esac
        [ "$(readlink "$asr_process/ns/pid" 2>/dev/null)" != "$(readlink /proc/self/ns/pid 2>/dev/null)" ] || return 0
    done
    return 1
}

# As it was, when this run had changed something of a registration: the files, and the daemons when they ran. What was
# put back stays so: the step says it. bin/start ends 0 whatever happens.
asr_restore() {
    if [ "$ASR_WAS_REGISTERED" != 1 ] || [ ! -f "$ASR_RUN/kept/complete" ]; then return 0; fi
    asr_step_is touched left || return 0
    [ "$asr_step" != left ] || asr_note left
    asr_put_back || {
        asr_note not_put_back
        return 1
    }
    asr_reached put_back
    asr_note put_back
    if [ "$ASR_WAS_RUNNING" != 1 ]; then
        asr_note was_stopped
    elif ! asr_daemon_runs svagents || ! asr_daemon_runs appservice; then
        (asr_apart "$ASR_INSTALLATION/bin/start") </dev/null >/dev/null 2>&1
        asr_note started_again
    fi
}
