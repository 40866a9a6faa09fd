# shellcheck shell=sh
# asr_sha256 FILE: its sha256 in lower case hexadecimal digits.
asr_sha256() {
    command -v sha256sum >/dev/null 2>&1 || asr_fail tool "no sha256sum"
    sha256sum <"$1" | { read -r asr_sum _ && printf '%s' "$asr_sum"; }
}
