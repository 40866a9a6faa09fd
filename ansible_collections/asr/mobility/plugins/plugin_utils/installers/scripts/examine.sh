# shellcheck shell=sh
# Print size, SHA-256 and the first bytes (hex) of a file that lies on the target. Variable: ASR_ARCHIVE.
# Ends with 0, with 3 when a tool is missing, with 1 otherwise.
if [ ! -f "$ASR_ARCHIVE" ]; then
    echo "there is no file $ASR_ARCHIVE"
    exit 1
fi
if ! command -v sha256sum >/dev/null 2>&1; then
    echo "there is no sha256sum"
    exit 3
fi
asr_sum=$(sha256sum "$ASR_ARCHIVE") || exit 1
asr_magic=$(od -v -A n -t x1 -N 512 "$ASR_ARCHIVE" | tr -d ' \n') || exit 1
printf 'size=%s\nsha256=%s\nmagic=%s\n' "$(wc -c <"$ASR_ARCHIVE" | tr -d ' ')" "${asr_sum%% *}" "$asr_magic"
