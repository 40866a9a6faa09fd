# shellcheck shell=sh
# Unpack an archive into a directory that is made for it. Follows decompress.sh.
# Variables: ASR_ARCHIVE, ASR_DIR (absolute paths), ASR_COMPRESSION (gzip, xz, lzma).
# Ends with 0, with 3 when a tool is missing, with 4 when the archive is damaged or cannot be written (nothing is left).
LC_ALL=C
export LC_ALL
asr_choose_decompressor
if ! mkdir -m 700 "$ASR_DIR"; then
    echo "cannot make the directory $ASR_DIR, or it is there already"
    exit 4
fi
exec 4>&1
# -o: the files belong to root, whatever user ids the archive names.
asr_through_tar -xof - -C "$ASR_DIR"
asr_print_report
if ! asr_both_worked; then
    rm -rf "$ASR_DIR"
    echo "unpacking $ASR_ARCHIVE failed"
    exit 4
fi
