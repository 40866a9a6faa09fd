# shellcheck shell=sh
# Needs private.sh. DIRECTORY: absolute path.
# A directory that was there before is taken only when it is private and either ours (marker) or empty: a mistyped
# path must neither lose its mode nor be removed with its content later.
# shellcheck disable=SC2154 # the variables are set by the target
asr_require_safe_parents "$DIRECTORY"
if [ ! -L "$DIRECTORY" ] && [ ! -e "$DIRECTORY" ]; then
    (umask 022 && mkdir -p "${DIRECTORY%/*}/") || asr_fail failed "cannot make ${DIRECTORY%/*}"
    # another task may make it at this moment; what is there then is looked at like any other
    asr_message=$(mkdir -m 700 "$DIRECTORY" 2>&1) || [ -d "$DIRECTORY" ] || asr_fail failed "$asr_message"
fi
[ -d "$DIRECTORY" ] || [ -L "$DIRECTORY" ] || asr_fail unsafe "$DIRECTORY is not a directory"
asr_require_private "$DIRECTORY"
# shellcheck disable=SC2012 # only whether there is anything
[ -f "$DIRECTORY/.asr-mobility" ] || [ -z "$(ls -A "$DIRECTORY" | head -n 1)" ] ||
    asr_fail unsafe "$DIRECTORY holds files that are not ours"
: >"$DIRECTORY/.asr-mobility" || asr_fail failed "cannot write to $DIRECTORY"
