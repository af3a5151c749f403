using System.Text.Json;

namespace AuthSidecar.Usage.Observation;

/// <summary>
/// Buffers a short JSON token that may be split over chunks; one that is too long reads as empty, because no known name or value is as
/// long.
/// </summary>
internal sealed class TokenBuffer
{
    // The longest known name with every letter escaped.
    private const int MaxLength = 256;

    private readonly byte[] _bytes = new byte[MaxLength];
    private readonly byte[] _decoded = new byte[MaxLength];
    private int _length;
    private bool _isTooLong;

    public void Add(ReadOnlySpan<byte> piece)
    {
        if (_isTooLong || piece.Length > MaxLength - _length)
        {
            _isTooLong = true;
            return;
        }

        piece.CopyTo(_bytes.AsSpan(_length));
        _length += piece.Length;
    }

    public void Clear()
    {
        _length = 0;
        _isTooLong = false;
    }

    /// <summary>The whole token with its last chunk, as written. Valid until the next chunk.</summary>
    public ReadOnlySpan<byte> FinishRaw(ReadOnlySpan<byte> last)
    {
        if (_length == 0 && !_isTooLong && last.Length <= MaxLength)
        {
            return last;
        }

        Add(last);
        var text = _isTooLong ? default : _bytes.AsSpan(0, _length);
        Clear();
        return text;
    }

    /// <summary>The whole JSON string with its last chunk, unescaped; empty when malformed. Valid until the next chunk.</summary>
    public ReadOnlySpan<byte> Finish(ReadOnlySpan<byte> last)
    {
        var raw = FinishRaw(last);
        return raw.Contains((byte)'\\') ? Decode(raw) : raw;
    }

    private ReadOnlySpan<byte> Decode(ReadOnlySpan<byte> raw)
    {
        Span<byte> quoted = stackalloc byte[MaxLength + 2];
        quoted[0] = quoted[raw.Length + 1] = (byte)'"';
        raw.CopyTo(quoted[1..]);
        try
        {
            var reader = new Utf8JsonReader(quoted[..(raw.Length + 2)]);
            reader.Read();
            return _decoded.AsSpan(0, reader.CopyString(_decoded));
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return default;
        }
    }
}
