# shellcheck shell=sh
# Give an agent its configuration back when an upgrade was broken off after the new programs were unpacked and before
# the old configuration was merged: the installer's saved copy then is the only one that knows the registration. Never
# when the run was to end that registration: its installer removes some old agents before it installs the new one.
# Variable: ASR_RUN (the run directory). Prints rescue=restored or rescue=failed; nothing when there is nothing to do.
rescue_saved=$ASR_RUN/extracted/TEMP/drscout.conf
rescue_place=/usr/local/ASR/Vx

rescue_identity() { # file -> what tells who the agent is and where it is registered
    for rescue_key in HostId Hostname CSType; do
        sed -n "s/^[[:space:]]*\\($rescue_key\\)[[:space:]]*=[[:space:]]*\\(.*[^[:space:]]\\).*\$/\\1=\\2/p" "$1" 2>/dev/null
    done
}

rescue_is_registered() { # file
    rescue_identity "$1" | grep '^HostId=' | grep -q -v '^HostId=1234_45466_67689$'
}

rescue_ends_registration() {
    rescue_changes=$(sed -n 's/^changes=//p' "$ASR_RUN/manifest" 2>/dev/null)
    case ,$rescue_changes, in
        *,registration,*) return 0 ;;
    esac
    return 1
}

rescue_put_back() { # file: a new one keeps mode and owner; on a full disk the old one is written over
    { cp -p "$1" "$1.part" && cat "$rescue_saved" >"$1.part" && mv -f "$1.part" "$1"; } 2>/dev/null && return
    rm -f "$1.part"
    cat "$rescue_saved" >"$1"
}

rescue() {
    if [ ! -s "$rescue_saved" ] || ! rescue_is_registered "$rescue_saved"; then return 0; fi
    ! rescue_ends_registration || return 0
    [ ! -r /usr/local/.vx_version ] || while IFS='=' read -r rescue_key rescue_value; do
        [ "$rescue_key" != INSTALLATION_DIR ] || rescue_place=$rescue_value
    done </usr/local/.vx_version
    rescue_live=$rescue_place/etc/drscout.conf
    if [ ! -d "$rescue_place/etc" ]; then return 0; fi
    if [ "$(rescue_identity "$rescue_saved")" = "$(rescue_identity "$rescue_live")" ]; then return 0; fi
    if rescue_put_back "$rescue_live" 2>/dev/null && cmp -s "$rescue_saved" "$rescue_live"; then
        echo rescue=restored
    else
        echo rescue=failed
    fi
}
rescue
