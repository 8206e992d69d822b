# Completion of wvl for bash; printed by "wvl completions bash". It asks wvl itself what can stand where.
_wvl() {
    local IFS=$'\n' at word glued breaks= words=() found=() value program
    [[ $COMP_WORDBREAKS == *:* ]] && breaks+=:
    [[ $COMP_WORDBREAKS == *=* ]] && breaks+==
    for ((at = 0; at <= COMP_CWORD; at++)); do
        word=${COMP_WORDS[at]}
        # what stands behind the cursor does not count
        if ((at == COMP_CWORD)) && [[ $word != [:=]* ]]; then
            word=$2
        fi
        word=${word//\\/}
        word=${word#[\"\']}
        # bash has taken --type=offer and offer:AN-1 apart
        if ((at > 1)) && [[ $breaks && ($glued || $word == [$breaks]*) ]]; then
            words[${#words[@]} - 1]+=$word
        else
            words+=("${word%[\"\']}")
        fi
        glued=
        [[ $breaks && $word == *[$breaks] ]] && glued=yes
    done
    program=$(type -P -- "${words[0]/#\~/$HOME}") || program=wvl
    mapfile -t found < <("$program" completions answer "${words[@]}" 2>/dev/null)
    local current=${words[${#words[@]} - 1]} before=
    [[ $breaks && $current == *[$breaks]* ]] && before=${current%"${current##*[$breaks]}"}
    COMPREPLY=()
    for value in "${found[@]}"; do
        value=${value%%$'\t'*}
        value=${value#"$before"}
        if [[ ${COMP_WORDS[COMP_CWORD]} != [\"\']* && $value == *[[:space:]\'\"\\\$\&\;\(\)\<\>\|\*\?\`]* ]]; then
            printf -v value %q "$value"
        fi
        COMPREPLY+=("$value")
    done
    if ((${#COMPREPLY[@]} == 1)) && [[ ${COMPREPLY[0]} == *[/=:,] ]]; then
        compopt -o nospace
    fi
}
complete -o nosort -F _wvl wvl 2>/dev/null || complete -F _wvl wvl
