# shellcheck shell=sh
# The parts of which a registration, a move and an unregistration are made. A library; needs registration_keep.sh.
# The step of a run (asr_reached): its action while nothing is changed, touched, left (the old side was told), and at
# its end registered, unregistered or put_back. What fails before touched puts nothing back.

ASR_STATUS='[[:blank:]]*AGENT_CONFIGURATION_STATUS[[:blank:]]*='

# The first line of the file that came is random, so that the checksum of the file tells nothing about the secret.
asr_take_secret() {
    sed 1d "$ASR_RUN/secret" >"$ASR_RUN/given" && rm -f "$ASR_RUN/secret"
}

asr_fail_with() { # exit code
    rm -f "$ASR_RUN/given" "$ASR_RUN/secret"
    asr_restore
    exit "$1"
}

# The copies are needed no more: nothing of this run is to be put back, also when its last step cannot be written.
asr_end_with() { # step
    asr_reached "$1" || rm -f "$ASR_RUN/kept/complete"
    rm -f "$ASR_RUN/given"
    exit 0
}

asr_stop() { # 115 is the configurator's own code for an agent that does not stop
    "$ASR_INSTALLATION/bin/stop" </dev/null || asr_fail_with 115
}

# 71 (NOT_WRITTEN) is our own code for a file of the host that cannot be written.
asr_leave() {
    asr_reached left || asr_fail_with 71
}

# A move that fails after this is put back as a failed registration, see asr_keep_record_of_left.
asr_leave_for_another() {
    [ ! -f "$ASR_RUN/kept/record.left" ] || mv -f "$ASR_RUN/kept/record.left" "$ASR_RUN/kept/record" || asr_fail_with 71
    asr_leave
}

asr_tell_server() { # its failure must not hold the host
    "$ASR_INSTALLATION/bin/unregister" </dev/null || asr_note not_told
}

asr_blank() { # key of drscout.conf
    asr_conf=$ASR_INSTALLATION/etc/drscout.conf
    {
        cp -p "$asr_conf" "$asr_conf.asr-part" &&
            sed "s/^\\([[:blank:]]*$1[[:blank:]]*=\\).*/\\1/" "$asr_conf" >"$asr_conf.asr-part" &&
            mv -f "$asr_conf.asr-part" "$asr_conf"
    } || {
        rm -f "$asr_conf.asr-part"
        asr_fail_with 71
    }
}

asr_shows() { # key of drscout.conf: has a value
    sed -n "s/^[[:blank:]]*$1[[:blank:]]*=[[:blank:]]*//p" "$ASR_INSTALLATION/etc/drscout.conf" |
        grep -v '^1234_45466_67689' | grep -q '[^[:space:]]'
}

# The configurator forgets its last success when it begins and writes the new one at its end. Forgotten here already, a
# success that stands there afterwards is of this run, and not of an earlier one that it did nothing about.
asr_forget_success() {
    grep -q "^$ASR_STATUS" /usr/local/.vx_version 2>/dev/null || return 0
    sed "/^$ASR_STATUS/d" /usr/local/.vx_version >"$ASR_RUN/record.part" &&
        cat "$ASR_RUN/record.part" >/usr/local/.vx_version # through the link that it may be; its copy is kept
}

asr_wrote_success() {
    grep -q "^${ASR_STATUS}[[:blank:]]*Succeeded" /usr/local/.vx_version
}

# Its 0 alone is no success: an answer to wrong words is 0 too, and then the registration that was there is put back.
asr_configure() { # key that the configurator has to fill besides HostId, its words
    asr_key=$1
    shift
    asr_forget_success || asr_fail_with 71
    "$@" </dev/null
    asr_code=$?
    [ "$asr_code" -eq 0 ] || asr_fail_with "$asr_code"
    { asr_shows HostId && asr_shows "$asr_key" && asr_wrote_success; } || asr_fail_with 0
    asr_end_with registered
}
