# shellcheck shell=sh
# Functions for list.sh and unpack.sh, which follow this text: an archive, decompressed, through tar.

# The compression is known from the content; the file's name says .tar.gz whatever it is. Ends with 3 without a tool.
asr_choose_decompressor() {
    case $ASR_COMPRESSION in
        gzip) asr_tools='gzip' ;;
        xz) asr_tools='xz' ;;
        lzma) asr_tools='unlzma xz' ;;
        *) asr_tools='' ;;
    esac
    for asr_decompressor in $asr_tools; do
        if command -v "$asr_decompressor" >/dev/null 2>&1; then
            return 0
        fi
    done
    echo "no tool here for the compression $ASR_COMPRESSION (needs one of: ${asr_tools:-none known})"
    exit 3
}

asr_decompress() {
    case $ASR_COMPRESSION/$asr_decompressor in
        lzma/xz) xz --format=lzma -dc <"$ASR_ARCHIVE" ;;
        *) "$asr_decompressor" -dc <"$ASR_ARCHIVE" ;;
    esac
}

# asr_through_tar OPTION...: the archive through tar, tar's output to descriptor 4. Then asr_report holds what both
# wrote to standard error, and the lines asr-decompressor=N and asr-tar=N: a shell reports only the last of a pipeline.
# Each begins on a line of its own: the other program may be in the middle of a line just then.
asr_through_tar() {
    asr_report=$(
        {
            {
                asr_decompress 2>&3
                printf '\nasr-decompressor=%s\n' "$?" >&3
            } | tar "$@" >&4 2>&3
            printf '\nasr-tar=%s\n' "$?" >&3
        } 3>&1
    )
}

# Both codes are there and neither is another one; a complaint that quotes such a line cannot hide a failure.
asr_both_worked() {
    if printf '%s\n' "$asr_report" | grep -q '^asr-[a-z]*=[1-9]'; then
        return 1
    fi
    printf '%s\n' "$asr_report" | grep -q '^asr-decompressor=0$' &&
        printf '%s\n' "$asr_report" | grep -q '^asr-tar=0$'
}

asr_print_report() {
    printf '%s\n' "$asr_report" | sed -e '/^asr-decompressor=/d' -e '/^asr-tar=/d' -e '/^$/d'
}
