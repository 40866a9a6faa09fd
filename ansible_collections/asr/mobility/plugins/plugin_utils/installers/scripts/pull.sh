# shellcheck shell=sh
# Fetch an installer from a web server to this host, with curl or else wget; prints size=<bytes>.
# Variables: ASR_URL (http or https), ASR_DEST (absolute path), ASR_PROXY (may be empty), ASR_TIMEOUT (seconds).
# Ends with 0, with 3 when no usable tool is there, with 4 when the download failed.
if [ -n "$ASR_PROXY" ]; then
    http_proxy=$ASR_PROXY
    https_proxy=$ASR_PROXY
    export http_proxy https_proxy
    unset no_proxy NO_PROXY
fi

# Neither tool may take options (such as not to check certificates) from a file of the host: -q and WGETRC.
asr_pull_curl() {
    set -- -q --fail --silent --show-error --location --max-redirs 5 \
        --connect-timeout 60 --max-time "$ASR_TIMEOUT" --output "$ASR_DEST.part" --url "$ASR_URL"
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

# GNU wget bounds each wait, not the whole; `timeout` does where it is there.
asr_pull_wget() {
    WGETRC=/dev/null
    export WGETRC
    set -- wget -q -T 60 -O "$ASR_DEST.part" "$ASR_URL"
    if [ "$asr_wget_is_gnu" = yes ]; then
        set -- wget -nv -T 60 --tries=2 --max-redirect=5 -O "$ASR_DEST.part" "$ASR_URL"
    fi
    if timeout 5 true >/dev/null 2>&1; then
        set -- timeout "$ASR_TIMEOUT" "$@"
    fi
    "$@"
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
    if [ "$asr_code" -eq 124 ] || { [ "$asr_tool" = curl ] && [ "$asr_code" -eq 28 ]; }; then
        echo "the download of $ASR_URL did not end within $ASR_TIMEOUT seconds"
    else
        echo "$asr_tool ended with $asr_code for $ASR_URL"
    fi
    exit 4
fi
if [ ! -s "$ASR_DEST.part" ]; then
    rm -f "$ASR_DEST.part"
    echo "the server sent an empty file for $ASR_URL"
    exit 4
fi
mv -f "$ASR_DEST.part" "$ASR_DEST" || exit 4
printf 'size=%s\n' "$(wc -c <"$ASR_DEST" | tr -d ' ')"
