namespace AuthSidecar.Usage.Observation;

/// <summary>Counts the bytes of string values in a JSON fragment, without member names and without ids, types and base64 data.</summary>
internal sealed class TextMeter
{
    // The longest of the names in IsOpaque.
    private const int LongestName = 17;

    private readonly byte[] _name = new byte[LongestName];
    private long _total;
    private long _length;
    private int _nameLength;
    private bool _isOn;
    private bool _isOpaque;

    /// <summary>Bytes so far, including an unfinished string; escapes count as their characters.</summary>
    public long Bytes => _total + (_isOpaque ? 0 : _length);

    /// <summary>Starts a value.</summary>
    /// <param name="isText">Its strings count.</param>
    public void Begin(bool isText)
    {
        _isOn = isText;
        _isOpaque = false;
    }

    public void Add(ReadOnlySpan<byte> piece)
    {
        if (!_isOn)
        {
            return;
        }

        if (piece.Length <= _name.Length - _nameLength)
        {
            piece.CopyTo(_name.AsSpan(_nameLength));
        }

        _nameLength = Math.Min(_nameLength + piece.Length, _name.Length + 1);
        _length += piece.Length;
    }

    /// <summary>
    /// The byte after a backslash. <c>u</c> and its four digits count as three bytes, the length of most escaped letters.
    /// </summary>
    public void AddEscaped(byte symbol)
    {
        if (_isOn)
        {
            _nameLength = _name.Length + 1;
            _length += symbol == 'u' ? -1 : 1;
        }
    }

    /// <summary>A colon after a string: it was a member name.</summary>
    public void Name()
    {
        if (_isOn)
        {
            _isOpaque = _nameLength <= _name.Length && IsOpaque(_name.AsSpan(0, _nameLength));
            _length = 0;
            _nameLength = 0;
        }
    }

    /// <summary>Anything else after a string: it was a value.</summary>
    /// <param name="isContainer">The next value is an object or array, which is never opaque.</param>
    public void Value(bool isContainer = false)
    {
        if (_length != 0)
        {
            _total += _isOpaque ? 0 : _length;
            _isOpaque = false;
            _length = 0;
        }

        _nameLength = 0;
        _isOpaque &= !isContainer;
    }

    /// <summary>Ends the value.</summary>
    public void End()
    {
        Value();
        _isOn = false;
        _isOpaque = false;
    }

    public void Clear()
    {
        _total = _length = _nameLength = 0;
        _isOn = _isOpaque = false;
    }

    private static bool IsOpaque(ReadOnlySpan<byte> name) =>
        name.Length switch
        {
            2 => name.SequenceEqual("id"u8),
            3 => name.SequenceEqual("url"u8),
            4 => name.SequenceEqual("type"u8) || name.SequenceEqual("role"u8) || name.SequenceEqual("data"u8),
            6 => name.SequenceEqual("status"u8) || name.SequenceEqual("result"u8),
            7 => name.SequenceEqual("call_id"u8) || name.SequenceEqual("file_id"u8),
            8 => name.SequenceEqual("b64_json"u8) || name.SequenceEqual("mimeType"u8) || name.SequenceEqual("file_url"u8),
            9 => name.SequenceEqual("signature"u8)
                || name.SequenceEqual("image_url"u8)
                || name.SequenceEqual("file_data"u8)
                || name.SequenceEqual("mime_type"u8),
            10 => name.SequenceEqual("media_type"u8),
            11 => name.SequenceEqual("stop_reason"u8) || name.SequenceEqual("tool_use_id"u8),
            12 => name.SequenceEqual("tool_call_id"u8),
            13 => name.SequenceEqual("stop_sequence"u8),
            16 => name.SequenceEqual("thoughtSignature"u8),
            17 => name.SequenceEqual("encrypted_content"u8),
            _ => false,
        };
}
