namespace AuthSidecar.Observation;

internal enum BodyKind
{
    /// <summary>Nothing but blanks has come.</summary>
    Unknown,
    Json,
    Events,

    /// <summary>Nothing that counts could stand in.</summary>
    Other,
}

/// <summary>Tells JSON from server-sent events by the first byte that matters: content types are missing or wrong too often.</summary>
internal struct BodySniffer
{
    private int _marks;
    private bool _isIndented;

    public BodyKind Kind { get; private set; }

    /// <summary>The first line began with a blank: as an event's line it is none that counts.</summary>
    public readonly bool IsIndented => _isIndented;

    /// <returns>How many bytes say nothing and are done with; the rest belongs to the body.</returns>
    public int Sniff(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> mark = [0xEF, 0xBB, 0xBF];
        for (var index = 0; index < bytes.Length; index++)
        {
            var symbol = bytes[index];
            if (_marks < mark.Length && symbol == mark[_marks])
            {
                _marks++;
                continue;
            }

            switch (symbol)
            {
                case (byte)'\r' or (byte)'\n':
                    _isIndented = false;
                    break;
                case (byte)' ' or (byte)'\t':
                    _isIndented = true;
                    break;
                default:
                    Kind = KindOf(symbol);
                    return index;
            }
        }

        return bytes.Length;
    }

    private static BodyKind KindOf(byte first) => first switch
    {
        (byte)'{' or (byte)'[' => BodyKind.Json,

        // data, event, id, retry, and comments.
        (byte)'d' or (byte)'e' or (byte)'i' or (byte)'r' or (byte)':' => BodyKind.Events,
        _ => BodyKind.Other,
    };
}
