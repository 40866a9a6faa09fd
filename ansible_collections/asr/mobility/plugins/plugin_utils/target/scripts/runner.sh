# shellcheck shell=sh
# Needs process.sh. RUN: the run directory. LOCK: removed at the end when this run holds it.
# The body records its exit code itself, so that a runner that was ended costs nothing; a body that was killed cannot,
# so its runner does. Waits for the body in the foreground: a background job of a shell would ignore interrupts, and so would its children.
# shellcheck disable=SC2154 # the variables are set by the target
cd "$RUN" && [ -d started ] || exit 1
asr_record_process "$RUN/process" || exit 1
asr_holds_lock=
if [ -d "$LOCK" ] && [ ! -e "$LOCK/owner" ] && cp "$RUN/process" "$LOCK/owner"; then asr_holds_lock=1; fi
/bin/sh "$RUN/body.sh" </dev/null >"$RUN/output" 2>&1
asr_record_code "$?" "$RUN/status"
[ -z "$asr_holds_lock" ] || rm -rf "$LOCK"
exit 0
