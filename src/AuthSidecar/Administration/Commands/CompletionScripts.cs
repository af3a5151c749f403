namespace AuthSidecar.Administration.Commands;

/// <summary>
/// Scripts of shells that ask the program itself: its directive <c>[suggest:N]</c> prints what may stand at position N of a command line.
/// The line is passed up to the cursor, with the program under its own name.
/// </summary>
internal static class CompletionScripts
{
    private const string Bash = """
        # authsidecar completion bash > /etc/bash_completion.d/authsidecar
        _authsidecar() {
            local line=${COMP_LINE:0:COMP_POINT}
            line="authsidecar${line#"${COMP_WORDS[0]}"}"
            local IFS=$'\n'
            mapfile -t COMPREPLY < <(compgen -W "$("$1" "[suggest:${#line}]" "$line" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}")
        }
        complete -o default -F _authsidecar authsidecar

        """;

    private const string Zsh = """
        #compdef authsidecar
        # authsidecar completion zsh > "${fpath[1]}/_authsidecar"
        _authsidecar() {
            local -a before=(authsidecar)
            (( CURRENT > 2 )) && before+=("${(@)words[2,CURRENT-1]}")
            local line="${(j: :)before} $PREFIX"
            local -a found=("${(@f)$("$words[1]" "[suggest:${#line}]" "$line" 2>/dev/null)}")
            found=("${(@)found:#}")
            compadd -a found || _files
        }
        if [[ ${funcstack[1]} == _authsidecar ]]; then
            _authsidecar "$@"
        else
            compdef _authsidecar authsidecar
        fi

        """;

    private const string Fish = """
        # authsidecar completion fish > ~/.config/fish/completions/authsidecar.fish
        function __authsidecar_complete
            set -l words (commandline -opc)
            set -l program $words[1]
            set -e words[1]
            set -l line (string join ' ' -- authsidecar $words (commandline -ct))
            $program "[suggest:"(string length -- $line)"]" $line 2>/dev/null
        end
        complete -c authsidecar -a '(__authsidecar_complete)'

        """;

    public static IReadOnlyList<string> Shells { get; } = ["bash", "zsh", "fish"];

    /// <param name="shell">One of <see cref="Shells"/>.</param>
    public static string Of(string shell) =>
        shell switch
        {
            "bash" => Bash,
            "zsh" => Zsh,
            "fish" => Fish,
            _ => throw new ArgumentOutOfRangeException(nameof(shell)),
        };
}
