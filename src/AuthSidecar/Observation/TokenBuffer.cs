using System.Text.Json;

namespace AuthSidecar.Observation;

/// <summary>Collects a short text that may come in pieces; one that is too long is no name or word of ours and reads as empty.</summary>
internal sealed class TokenBuffer
{
    // The longest name that is looked for, written with an escape for each letter.
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

    /// <summary>The whole with its last piece, as it was written. Valid until the next piece.</summary>
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

    /// <summary>The whole of a JSON string with its last piece, without its escapes; empty when it is not well-formed. Valid until the next piece.</summary>
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
