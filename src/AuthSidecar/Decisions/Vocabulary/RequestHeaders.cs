namespace AuthSidecar.Decisions.Vocabulary;

/// <summary>The relevant headers of one request. Invalid UTF-8 becomes U+FFFD, which no credential contains.</summary>
internal sealed class RequestHeaders
{
    private readonly string?[] _values = new string?[KnownHeaders.Count];
    private ulong _repeated;

    /// <summary>Lower-case names of headers reserved for the sidecar but sent by the client; null: none.</summary>
    public List<string>? Forged { get; private set; }

    /// <summary>Value of <c>content-length</c>; 0: unknown.</summary>
    public long ContentLength { get; set; }

    /// <summary>Lower-case names of headers that are withheld from providers; null: none.</summary>
    public List<string>? Private { get; private set; }

    public string? this[KnownHeader header] => _values[(int)header];

    /// <summary>True when a header that is not a list occurred more than once.</summary>
    public bool IsRepeated(KnownHeader header) => (_repeated & (1UL << (int)header)) != 0;

    public bool Has(KnownHeader header) => _values[(int)header] is not null;

    /// <summary>True when the header contains more than blanks and commas (with which Envoy joins blank copies).</summary>
    public bool HasText(KnownHeader header) => _values[(int)header].AsSpan().IndexOfAnyExcept(" \t,") >= 0;

    public void Add(KnownHeader header, string value)
    {
        ref var slot = ref _values[(int)header];
        if (slot is null)
        {
            slot = value;
        }
        else if (KnownHeaders.IsList(header))
        {
            slot = $"{slot},{value}";
        }
        else
        {
            _repeated |= 1UL << (int)header;

            // A blank first copy must not hide a later one.
            if (string.IsNullOrWhiteSpace(slot))
            {
                slot = value;
            }
        }
    }

    public void AddForged(string name) => (Forged ??= []).Add(name);

    public void AddPrivate(string name) => (Private ??= []).Add(name);
}
