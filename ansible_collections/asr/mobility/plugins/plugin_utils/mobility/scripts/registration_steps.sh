# shellcheck shell=sh
# The parts of which a registration, a move and an unregistration are made. A library; needs registration_keep.sh.
# Variables: also ASR_WAS_REGISTERED (1: before this run, so a failure puts that back).

asr_reached() { # word: how far this run is, for whoever finds it dead
    printf '%s\n' "$1" >"$ASR_RUN/step"
}

# The first line of the file that came is random, so that the checksum of the file tells nothing about the secret.
asr_take_secret() {
    sed 1d "$ASR_RUN/secret" >"$ASR_RUN/given" && rm -f "$ASR_RUN/secret"
}

asr_fail_with() { # exit code
    rm -f "$ASR_RUN/given" "$ASR_RUN/secret"
    [ "$ASR_WAS_REGISTERED" != 1 ] || asr_restore
    exit "$1"
}

asr_stop() { # 115 is the configurator's own code for an agent that does not stop
    "$ASR_INSTALLATION/bin/stop" </dev/null || asr_fail_with 115
}

asr_tell_server() { # its failure must not hold the host
    "$ASR_INSTALLATION/bin/unregister" </dev/null || asr_note not_told
}

asr_blank() { # key of drscout.conf
    asr_conf=$ASR_INSTALLATION/etc/drscout.conf
    cp -p "$asr_conf" "$asr_conf.asr-part" &&
        sed "s/^\\([[:blank:]]*$1[[:blank:]]*=\\).*/\\1/" "$asr_conf" >"$asr_conf.asr-part" &&
        mv -f "$asr_conf.asr-part" "$asr_conf"
}

asr_configure() { # the configurator's words
    "$@" </dev/null
    asr_code=$?
    [ "$asr_code" -eq 0 ] || asr_fail_with "$asr_code"
    asr_reached registered
    rm -f "$ASR_RUN/given"
    exit 0
}
