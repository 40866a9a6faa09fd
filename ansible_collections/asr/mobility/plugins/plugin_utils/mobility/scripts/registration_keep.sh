# shellcheck shell=sh
# What a registration may damage: kept in the run directory before, put back when it failed. A library.
# Variables: ASR_RUN (the run directory), ASR_INSTALLATION (of the agent), ASR_WAS_RUNNING (1: before this run).
# Notes for the task that reads the run are lines "asr-note WORD" at the end of the output.

asr_note() {
    printf 'asr-note %s\n' "$1"
}

# asr_each_kept COMMAND: the command with the name of the copy and the path of the file, for each of them.
asr_each_kept() {
    "$1" drscout.conf "$ASR_INSTALLATION/etc/drscout.conf"
    [ -L /usr/local/drscout.conf ] || "$1" drscout.conf.second /usr/local/drscout.conf
    "$1" record /usr/local/.vx_version
    "$1" passphrase /usr/local/InMage/private/connection.passphrase
    "$1" source_config "$ASR_INSTALLATION/etc/SourceConfig.json"
}

asr_keep() {
    mkdir "$ASR_RUN/kept" && asr_each_kept asr_keep_one && : >"$ASR_RUN/kept/complete"
}

asr_keep_one() { # name path
    [ ! -f "$2" ] || cp -p "$2" "$ASR_RUN/kept/$1"
}

asr_put_back() {
    [ -f "$ASR_RUN/kept/complete" ] || return 1
    asr_each_kept asr_put_back_one
}

asr_put_back_one() { # name path: through a link, otherwise in one move
    if [ ! -f "$ASR_RUN/kept/$1" ]; then
        rm -f "$2"
    elif [ -L "$2" ]; then
        cat "$ASR_RUN/kept/$1" >"$2"
    else
        cp -p "$ASR_RUN/kept/$1" "$2.asr-part" && mv -f "$2.asr-part" "$2"
    fi
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

# As it was: the files of the registration, and the daemons when they ran. bin/start ends 0 whatever happens.
asr_restore() {
    asr_put_back || return 0
    asr_note put_back
    if [ "$ASR_WAS_RUNNING" != 1 ]; then
        asr_note was_stopped
    elif ! asr_daemon_runs svagents || ! asr_daemon_runs appservice; then
        "$ASR_INSTALLATION/bin/start" </dev/null >/dev/null 2>&1
        asr_note started_again
    fi
}
