# shellcheck shell=sh
# Fetch an installer from a web server to this host, with curl or else wget; prints size=<bytes>.
# Variables: ASR_URL (http or https), ASR_DEST (absolute path), ASR_PROXY (may be empty), ASR_TIMEOUT
# (seconds of silence after which the download is given up; a long download that goes on is not).
# Ends with 0, with 3 when no usable tool is there, with 4 when the download failed.
if [ -n "$ASR_PROXY" ]; then
    http_proxy=$ASR_PROXY
    https_proxy=$ASR_PROXY
    export http_proxy https_proxy
    unset no_proxy NO_PROXY
fi

# Neither tool may take options (such as not to check certificates) from a file of the user: -q and --no-config.
# An old wget without --no-config finds none in a home that does not exist.
asr_pull_curl() {
    set -- -q --fail --silent --show-error --location --max-redirs 5 \
        --connect-timeout "$ASR_TIMEOUT" --speed-limit 1 --speed-time "$ASR_TIMEOUT" \
        --output "$ASR_DEST.part" --url "$ASR_URL"
    case $ASR_URL in
        [Hh][Tt][Tt][Pp][Ss]:*) asr_schemes='=https' ;;
        *) asr_schemes='=http,https' ;;
    esac
    # curl before 7.20 (as on release 6 of the enterprise distributions) has no --proto.
    if curl --proto "$asr_schemes" --version >/dev/null 2>&1; then
        set -- "$@" --proto "$asr_schemes" --proto-redir "$asr_schemes"
    fi
    curl "$@"
}

asr_pull_wget() {
    if [ "$asr_wget_is_gnu" = no ]; then
        # Its -T is not used: it ends the one of Debian 12 (1.35) with a crash. By itself it gives up after 900 seconds.
        wget -q -O "$ASR_DEST.part" "$ASR_URL"
        return
    fi
    set -- -nv --tries=2 --max-redirect=5 -T "$ASR_TIMEOUT" -O "$ASR_DEST.part"
    if wget --no-config --version >/dev/null 2>&1; then
        set -- --no-config "$@"
    fi
    unset WGETRC
    HOME=/nonexistent wget "$@" "$ASR_URL"
}

asr_wget_is_gnu=no
if wget --version 2>/dev/null | grep -q '^GNU Wget'; then
    asr_wget_is_gnu=yes
fi

rm -f "$ASR_DEST.part"
if command -v curl >/dev/null 2>&1; then
    asr_tool=curl
elif ! command -v wget >/dev/null 2>&1; then
    echo 'neither curl nor wget is installed here'
    exit 3
else
    asr_tool=wget
    case $asr_wget_is_gnu$ASR_URL in
        no[Hh][Tt][Tt][Pp][Ss]:*)
            echo 'the only download tool here is a small wget that does not check the certificates of https servers'
            exit 3
            ;;
    esac
fi

"asr_pull_$asr_tool" 2>&1
asr_code=$?
if [ "$asr_code" -ne 0 ]; then
    rm -f "$ASR_DEST.part"
    echo "$asr_tool ended with $asr_code for $ASR_URL"
    exit 4
fi
if [ ! -s "$ASR_DEST.part" ]; then
    rm -f "$ASR_DEST.part"
    echo "the server sent an empty file for $ASR_URL"
    exit 4
fi
mv -f "$ASR_DEST.part" "$ASR_DEST" || exit 4
printf 'size=%s\n' "$(wc -c <"$ASR_DEST" | tr -d ' ')"
