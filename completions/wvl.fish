# Completion of wvl for fish; printed by "wvl completions fish". It asks wvl itself what can stand where.
function __wvl_answer
    set -l words (commandline --current-process --tokenize --cut-at-cursor)
    set -l current (commandline --current-token --cut-at-cursor)
    set -l program wvl
    type --query $words[1]; and set program $words[1]
    command $program completions answer $words "$current" 2>/dev/null
end
complete --command wvl --no-files --keep-order --arguments '(__wvl_answer)'
