# shellcheck shell=sh
# Print what a finished run left behind for us to read: the step it had reached, the installer's JSON error file, the
# end of its output and of its log, and last whether all this was still there: another task may have cleared it away meanwhile.
# Variables: ASR_RUN (the run directory), ASR_LOG (the installer's log), ASR_LINES (how many lines).
asr_quote_lines() {
    if [ -f "$2" ]; then # sed leaves a last line without an end as it is
        sed "s/^/$1|/" "$2"
        echo
    fi
}
printf 'step=%s\n' "$(cat "$ASR_RUN/step" 2>/dev/null)"
asr_quote_lines errors "$ASR_RUN/errors.json"
if [ -f "$ASR_RUN/output" ]; then
    tail -c 4096 "$ASR_RUN/output" | sed 's/^/output|/'
    echo
fi
if [ -f "$ASR_LOG" ]; then
    tail -n "$ASR_LINES" "$ASR_LOG" | sed 's/^/log|/'
    echo
fi
if [ -f "$ASR_RUN/manifest" ]; then echo run=present; fi
exit 0
