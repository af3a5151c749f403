namespace AuthSidecar.Decisions.Vocabulary;

/// <summary>
/// The headers of one request that matter, found in one pass. Bytes that are not UTF-8 read as U+FFFD, which no credential holds.
/// </summary>
internal sealed class RequestHeaders
{
    private readonly string?[] _values = new string?[KnownHeaders.Count];
    private ulong _repeated;

    /// <summary>Lower-case names of headers that only the sidecar may set; null when there are none.</summary>
    public List<string>? Forged { get; private set; }

    /// <summary>Bytes of the body as its headers say; 0: they do not.</summary>
    public long ContentLength { get; set; }

    /// <summary>Lower-case names of headers that a provider must not see, or not always; null when there are none.</summary>
    public List<string>? Private { get; private set; }

    public string? this[KnownHeader header] => _values[(int)header];

    /// <summary>True when a header stood more than once and is no list.</summary>
    public bool IsRepeated(KnownHeader header) => (_repeated & (1UL << (int)header)) != 0;

    public bool Has(KnownHeader header) => _values[(int)header] is not null;

    /// <summary>True when the header holds more than blanks, and more than the commas with which Envoy joins blank copies.</summary>
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

            // A blank first copy must not hide what stands behind it.
            if (string.IsNullOrWhiteSpace(slot))
            {
                slot = value;
            }
        }
    }

    public void AddForged(string name) => (Forged ??= []).Add(name);

    public void AddPrivate(string name) => (Private ??= []).Add(name);
}
