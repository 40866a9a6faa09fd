# shellcheck shell=sh
# Ask the installed agent for the text from which the appliance makes a registration file. Variables: ASR_INSTALL_DIR,
# ASR_SECONDS (how long it may take: a question that changes nothing may be ended). Not every host has `timeout`.
# exec, here and wherever a background command may be ended: some shells would keep a process of their own before it.
asr_end_after() { # seconds pid
    asr_left=$1
    while [ "$asr_left" -gt 0 ]; do
        sleep 1
        asr_left=$((asr_left - 1))
    done
    echo "no answer within $1 s" >&3
    kill "$2"
    sleep 2
    kill -9 "$2"
}

exec 3>&1
exec "$ASR_INSTALL_DIR/Vx/bin/AzureRcmCli" --getagentconfiginput </dev/null 3>&- &
asr_asked=$!
asr_end_after "$ASR_SECONDS" "$asr_asked" </dev/null >/dev/null 2>&1 &
asr_watch=$!
wait "$asr_asked" 2>/dev/null
asr_code=$?
kill "$asr_watch" 2>/dev/null
exit "$asr_code"
