# shellcheck shell=sh
# Take the package of an agent whose files go out of the rpm database, and only out of there: no scriptlet is run and no
# file is touched. Variable: ASR_INSTALL_DIR (the prefix). Nothing is done where rpm does not know the package.
# rpm may hang on its database, even so that no signal ends it: it is never waited for longer than this, and writes into
# a file, because a pipe would be held. Codes: 0; 3: refused before anything was done; 1: nobody knows what rpm did.
forget_seconds=30

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

forget_has_database() { # without one rpm would make an empty one
    for forget_path in /var/lib/rpm/Packages /var/lib/rpm/Packages.db /var/lib/rpm/rpmdb.sqlite \
        /usr/lib/sysimage/rpm/Packages.db /usr/lib/sysimage/rpm/rpmdb.sqlite; do
        [ ! -e "$forget_path" ] || return 0
    done
    return 1
}

forget_first_file_elsewhere() { # standard input: paths; prints the first that exists outside the tree that goes
    while IFS= read -r forget_path; do
        case $forget_path in
            "$ASR_INSTALL_DIR/Vx" | "$ASR_INSTALL_DIR/Vx/"*) continue ;;
            /*) ;;
            *) continue ;;
        esac
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

forget_ask() { # arguments of rpm: its exit code, and its words in the file; 124 when it had to be ended
    exec "$forget_rpm" "$@" </dev/null >"$forget_words" 2>&1 &
    forget_process=$!
    forget_left=$((forget_seconds * 5))
    while forget_lives "$forget_process"; do
        if [ "$forget_left" -le 0 ]; then
            kill "$forget_process" 2>/dev/null
            return 124
        fi
        forget_left=$((forget_left - 1))
        sleep 0.2 2>/dev/null || { sleep 1 && forget_left=$((forget_left - 4)); }
    done
    wait "$forget_process"
}

forget_no_answer() { # exit code
    if [ "$1" = 124 ]; then
        echo "the rpm database gives no answer within $forget_seconds seconds"
    else
        echo "the rpm database gives no answer (rpm -qa tells why)"
    fi
}

forget_erase() { # another program may hold the database: some versions of rpm then wait, others give up at once
    forget_ask -e --justdb --noscripts --allmatches InMageVx && return 0
    if [ "$?" = 124 ]; then
        echo "rpm does not give the package InMageVx up within $forget_seconds seconds"
        return 1
    fi
    forget_ask -e --test InMageVx
    case $? in
        0) echo "rpm does not give the package InMageVx up: another program holds its database" ;;
        124) echo "rpm does not give the package InMageVx up, and does not tell why within $forget_seconds seconds" ;;
        *)
            echo "rpm does not give the package InMageVx up: $(cat "$forget_words")"
            return 3 # it looks at this first
            ;;
    esac
    return 1
}

forget_in_database() {
    forget_ask -q InMageVx
    forget_code=$?
    if [ "$forget_code" != 0 ]; then # with a broken database rpm calls every package "not installed"
        [ "$forget_code" = 124 ] || { forget_ask -qa && return 0; } || forget_code=$?
        forget_no_answer "$forget_code"
        return 3
    fi
    forget_ask -ql InMageVx || {
        forget_no_answer "$?"
        return 3
    }
    forget_file=$(forget_first_file_elsewhere <"$forget_words")
    if [ -n "$forget_file" ]; then
        echo "the package InMageVx has files outside of $ASR_INSTALL_DIR/Vx: $forget_file"
        return 3
    fi
    forget_erase
}

forget_package() {
    forget_find_rpm && forget_has_database || return 0
    forget_directory=/tmp/asr-mobility-forget.$$
    if ! (umask 077 && mkdir "$forget_directory") 2>/dev/null; then # nobody else's: mkdir takes none that is there
        echo "the directory $forget_directory cannot be made"
        return 3
    fi
    forget_words=$forget_directory/words
    forget_in_database
    forget_code=$?
    rm -rf "$forget_directory"
    return "$forget_code"
}
