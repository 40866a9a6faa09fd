# shellcheck shell=sh
# shellcheck disable=SC2034 # asr_kind and asr_value are read by what follows this text
# Functions for proxy_look.sh and proxy_write.sh: read a file of sections and keys, line by line, as it stands.

# asr_trim TEXT -> asr_trimmed: without blanks around it, and without the carriage return of a foreign editor.
asr_return=$(printf '\r')
asr_trim() {
    asr_trimmed=$1
    while :; do
        case $asr_trimmed in
            [\ \	]*) asr_trimmed=${asr_trimmed#?} ;;
            *[\ \	]) asr_trimmed=${asr_trimmed%?} ;;
            *"$asr_return") asr_trimmed=${asr_trimmed%?} ;;
            *) return 0 ;;
        esac
    done
}

# asr_classify LINE -> asr_kind: blank, comment, proxy (the header of our section), section (of another one), a key of
# ours (Address, Port, BypassList; asr_value is then its value), or other. Letter case does not count.
asr_classify() {
    asr_trim "$1"
    asr_value=
    case $asr_trimmed in
        '') asr_kind=blank ;;
        [\;#]*) asr_kind=comment ;;
        \[[Pp][Rr][Oo][Xx][Yy]\]) asr_kind=proxy ;;
        \[*) asr_kind=section ;;
        *=*)
            asr_text=${asr_trimmed#*=}
            asr_trim "${asr_trimmed%%=*}"
            case $asr_trimmed in
                [Aa][Dd][Dd][Rr][Ee][Ss][Ss]) asr_kind=Address ;;
                [Pp][Oo][Rr][Tt]) asr_kind=Port ;;
                [Bb][Yy][Pp][Aa][Ss][Ss][Ll][Ii][Ss][Tt]) asr_kind=BypassList ;;
                *) asr_kind=other ;;
            esac
            asr_trim "$asr_text"
            asr_value=$asr_trimmed
            ;;
        *) asr_kind=other ;;
    esac
}

# asr_in_proxy KIND: keeps track of the section; true while the line belongs to ours.
asr_section=
asr_in_proxy() {
    case $1 in
        proxy | section) asr_section=$1 ;;
    esac
    [ "$asr_section" = proxy ]
}
