# shellcheck shell=sh
# Needs private.sh. DIRECTORY: made by make_private_directory.sh. A run in it is released first, never removed here.
# shellcheck disable=SC2154 # the variables are set by the target
[ -e "$DIRECTORY" ] || [ -L "$DIRECTORY" ] || exit 0
asr_require_private "$DIRECTORY"
[ -f "$DIRECTORY/.asr-mobility" ] || asr_fail unsafe "$DIRECTORY was not made by this collection"
[ ! -e "$DIRECTORY/run" ] || asr_fail in_use "a run in $DIRECTORY that was not released"
asr_message=$(rm -rf "$DIRECTORY" 2>&1) && exit 0
# a mount point cannot be removed while it is mounted, but everything in it can: the empty directory stays
case $asr_message in
    *' busy'*) [ -n "$(ls -A "$DIRECTORY" 2>&1)" ] || exit 0 ;;
esac
asr_fail failed "$asr_message"
