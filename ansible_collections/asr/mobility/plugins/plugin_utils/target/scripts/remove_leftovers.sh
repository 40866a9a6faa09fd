# shellcheck shell=sh
# PATHS: upload directories, separated by blanks; their names were checked by the target.
# shellcheck disable=SC2154 # the variables are set by the target
for asr_path in $PATHS; do
    [ ! -L "$asr_path" ] || continue
    rm -rf "$asr_path"
done
