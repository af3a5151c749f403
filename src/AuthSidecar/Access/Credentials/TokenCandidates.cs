namespace AuthSidecar.Access.Credentials;

/// <summary>
/// Enumerates the substrings of a credential's value that could be a token: first split at blanks, then at blanks and the separators of
/// parameters, because <c>Token token="sk-…"</c> carries a token as well as <c>Bearer sk-…</c>, and a token may contain a separator.
/// Allocates nothing; may return a substring twice.
/// </summary>
internal ref struct TokenCandidates(ReadOnlySpan<char> value)
{
    private const string Blanks = " \t";
    private const string Separators = " \t,;=\"";

    private readonly ReadOnlySpan<char> _value = value;
    private ReadOnlySpan<char> _rest = value;
    private bool _isSecondPass;

    public ReadOnlySpan<char> Current { get; private set; }

    public readonly TokenCandidates GetEnumerator() => this;

    public bool MoveNext()
    {
        while (!_rest.IsEmpty || !_isSecondPass)
        {
            if (_rest.IsEmpty)
            {
                _rest = _value;
                _isSecondPass = true;
                if (_rest.IsEmpty)
                {
                    return false;
                }
            }

            var end = _rest.IndexOfAny(_isSecondPass ? Separators : Blanks);
            Current = end < 0 ? _rest : _rest[..end];
            _rest = end < 0 ? default : _rest[(end + 1)..];
            if (!Current.IsEmpty)
            {
                return true;
            }
        }

        return false;
    }
}
