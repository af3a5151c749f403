using System.Text;

namespace AuthSidecar.Decisions.Text;

/// <summary>Inspects and removes parameters of an undecoded query; the others keep their order and encoding.</summary>
internal static class Query
{
    // Some upstreams still treat ";" like "&" (HTML 4.01 B.2.2).
    private const string Separators = "&;";

    /// <summary>One parameter of a query.</summary>
    internal readonly ref struct Parameter(ReadOnlySpan<char> text)
    {
        private readonly ReadOnlySpan<char> _text = text;

        private int NameLength => _text.IndexOf('=') is var end and >= 0 ? end : _text.Length;

        public ReadOnlySpan<char> RawName => _text[..NameLength];

        public ReadOnlySpan<char> RawValue => NameLength < _text.Length ? _text[(NameLength + 1)..] : default;

        /// <summary>Name and value, undecoded.</summary>
        public ReadOnlySpan<char> Text => _text;

        /// <summary>True when the decoded name is <paramref name="name"/>.</summary>
        public bool Is(string name) => RawName.SequenceEqual(name) || (NeedsDecoding(RawName) && Decode(RawName) == name);

        /// <summary>The same, ignoring case like some upstreams.</summary>
        public bool IsInAnyCase(string name) =>
            RawName.Equals(name, StringComparison.OrdinalIgnoreCase)
            || (NeedsDecoding(RawName) && Decode(RawName).Equals(name, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Selects parameters.</summary>
    internal delegate bool Selector(Parameter parameter);

    /// <summary>The target without the selected parameters; the same instance if none is selected.</summary>
    public static string Cut(string target, Selector selected)
    {
        var start = target.IndexOf('?', StringComparison.Ordinal);
        if (start < 0)
        {
            return target;
        }

        var query = target.AsSpan(start + 1);
        var kept = new StringBuilder(target.Length).Append(target, 0, start);
        var isFirst = true;
        var isCut = false;
        for (int from = 0, to; from <= query.Length; from = to + 1)
        {
            to = query[from..].IndexOfAny(Separators) is var found and >= 0 ? from + found : query.Length;
            if (selected(new Parameter(query[from..to])))
            {
                isCut = true;
                continue;
            }

            kept.Append(isFirst ? '?' : query[from - 1]).Append(query[from..to]);
            isFirst = false;
        }

        return isCut ? kept.ToString() : target;
    }

    /// <summary>Percent-decodes as UTF-8; "+" and invalid escapes are unchanged.</summary>
    public static string Decode(ReadOnlySpan<char> text) => NeedsDecoding(text) ? Uri.UnescapeDataString(text) : text.ToString();

    private static bool NeedsDecoding(ReadOnlySpan<char> text) => text.Contains('%');
}
