namespace AuthSidecar.Usage.Observation;

internal enum BodyKind
{
    /// <summary>Only whitespace so far.</summary>
    Unknown,
    Json,
    Events,

    /// <summary>Neither JSON nor events.</summary>
    Other,
}

/// <summary>
/// Distinguishes JSON from server-sent events by the first significant byte: content types are too often missing or wrong.
/// </summary>
internal struct BodySniffer
{
    private int _marks;
    private bool _isIndented;

    public BodyKind Kind { get; private set; }

    /// <summary>The first line began with whitespace, so it is not a line of an event.</summary>
    public readonly bool IsIndented => _isIndented;

    /// <returns>Number of leading bytes to skip; the rest belongs to the body.</returns>
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

    private static BodyKind KindOf(byte first) =>
        first switch
        {
            (byte)'{' or (byte)'[' => BodyKind.Json,

            // First letters of data, event, id and retry, and of comments.
            (byte)'d' or (byte)'e' or (byte)'i' or (byte)'r' or (byte)':' => BodyKind.Events,
            _ => BodyKind.Other,
        };
}
