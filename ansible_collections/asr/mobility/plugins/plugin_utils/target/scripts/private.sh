# shellcheck shell=sh
# What root works in must be root's alone: no link, no foreign owner, nobody else who could swap it.

# asr_traits PATH: "mode owner group" as numbers and letters of ls.
asr_traits() {
    # shellcheck disable=SC2012 # stat is not POSIX; only the first fields are read, never the name
    ls -ldn "$1" 2>/dev/null | {
        read -r asr_mode _ asr_owner asr_group _ && printf '%s %s %s' "$asr_mode" "$asr_owner" "$asr_group"
    }
}

# asr_require_private DIRECTORY
asr_require_private() {
    [ ! -L "$1" ] || asr_fail unsafe "$1 is a symbolic link"
    [ -d "$1" ] || asr_fail missing "no directory $1"
    case $(asr_traits "$1") in
        drwx------*' 0 '*) ;;
        *) asr_fail unsafe "$1 has mode, owner and group $(asr_traits "$1")" ;;
    esac
}

# asr_require_safe_parents PATH: nobody but root may rename a part of the path.
asr_require_safe_parents() {
    asr_part=$1
    while [ -n "${asr_part%/*}" ]; do
        asr_part=${asr_part%/*}
        [ -e "$asr_part" ] || continue
        # the slash at the end looks through a link, as the path itself does
        case $(asr_traits "$asr_part/") in
            ?????????[tT]*' 0 '*) ;;
            ?????w*' '* | ????????w*' '*) asr_fail unsafe "$asr_part can be changed by others than root" ;;
            *' 0 '*) ;;
            *) asr_fail unsafe "$asr_part belongs to another user than root" ;;
        esac
    done
}
