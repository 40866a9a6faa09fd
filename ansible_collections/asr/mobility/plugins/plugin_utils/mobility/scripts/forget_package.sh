# shellcheck shell=sh
# Take the package of an agent whose files go out of the rpm database, and only out of there: no scriptlet is run and no
# file is touched. Variable: ASR_INSTALL_DIR (the prefix). Nothing is done where rpm does not know the package.

forget_find_rpm() { # -> forget_rpm: the program itself; a busybox shell may have an applet of that name
    forget_line=$IFS
    IFS=:
    for forget_rpm in $PATH; do
        forget_rpm=$forget_rpm/rpm
        [ ! -x "$forget_rpm" ] || break
    done
    IFS=$forget_line
    [ -x "$forget_rpm" ]
}

forget_first_file_elsewhere() { # standard input: paths; prints the first that exists outside the tree that goes
    while IFS= read -r forget_path; do
        case $forget_path in "$ASR_INSTALL_DIR/Vx" | "$ASR_INSTALL_DIR/Vx/"*) continue ;; esac
        if [ -e "$forget_path" ] || [ -L "$forget_path" ]; then
            printf '%s' "$forget_path"
            return 0
        fi
    done
}

forget_lives() { # process
    forget_line=
    { IFS= read -r forget_line <"/proc/$1/stat"; } 2>/dev/null
    case ${forget_line##*) } in '' | [ZX]*) return 1 ;; esac
}

forget_package() { # another program may hold the database: some versions of rpm then wait, others give up at once
    forget_find_rpm || return 0
    if ! "$forget_rpm" -q InMageVx </dev/null >/dev/null 2>&1; then
        "$forget_rpm" -qa </dev/null >/dev/null 2>&1 && return 0
        echo "the rpm database gives no answer (rpm -qa tells why)"
        return 1
    fi
    forget_file=$("$forget_rpm" -ql InMageVx 2>/dev/null </dev/null | forget_first_file_elsewhere)
    if [ -n "$forget_file" ]; then
        echo "the package InMageVx has files outside of $ASR_INSTALL_DIR/Vx: $forget_file"
        return 1
    fi
    exec "$forget_rpm" -e --justdb --noscripts --allmatches InMageVx </dev/null >/dev/null 2>&1 &
    forget_process=$!
    forget_count=0
    while forget_lives "$forget_process"; do
        if [ "$forget_count" -ge 30 ]; then
            kill "$forget_process" 2>/dev/null
            echo "rpm does not give the package InMageVx up within 30 seconds"
            return 1
        fi
        forget_count=$((forget_count + 1))
        sleep 1
    done
    wait "$forget_process" && return 0
    if forget_line=$("$forget_rpm" -e --test InMageVx </dev/null 2>&1); then
        forget_line="another program holds its database"
    fi
    echo "rpm does not give the package InMageVx up: $forget_line"
    return 1
}
