# shellcheck shell=sh
# Remove a mark. Variable: ASR_MARK (the file).
rm -f "$ASR_MARK"
