namespace AuthSidecar.Usage.Observation;

/// <summary>Streaming parser of server-sent events; passes the data of each event straight to a JSON scanner without buffering.</summary>
/// <remarks>https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation</remarks>
internal sealed class SseScanner(JsonScanner json, Action<SseEvent> dispatch)
{
    private const int LongestField = 5;

    private readonly byte[] _field = new byte[LongestField];
    private readonly byte[] _name = new byte[LongestField];
    private readonly byte[] _mark = new byte[6];
    private State _state;
    private Field _current;
    private int _fieldLength;
    private int _nameLength;
    private int _markLength;
    private bool _isAfterReturn;
    private bool _hasData;

    private enum State : byte
    {
        LineStart,
        Name,
        Space,
        Value,
    }

    private enum Field : byte
    {
        Other,
        Data,
        Event,
    }

    private bool IsDone => _hasData && _markLength == _mark.Length && _mark.AsSpan().SequenceEqual("[DONE]"u8);

    /// <summary>
    /// Ends the stream. The standard drops a last event without a blank line, but the provider has charged for it: it counts when its data
    /// is complete.
    /// </summary>
    public void End()
    {
        if (IsDone || json.IsWhole)
        {
            Dispatch();
        }
    }

    public void Read(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[Step(bytes)..];
        }
    }

    private int Step(ReadOnlySpan<byte> bytes) =>
        _state switch
        {
            State.LineStart => StartLine(bytes),
            State.Name => ReadName(bytes),
            State.Space => SkipSpace(bytes),
            _ => ReadValue(bytes),
        };

    private int StartLine(ReadOnlySpan<byte> bytes)
    {
        if (_isAfterReturn)
        {
            _isAfterReturn = false;
            if (bytes[0] == '\n')
            {
                return 1;
            }
        }

        if (bytes.StartsWith("data: "u8))
        {
            StartValue(Field.Data);
            _state = State.Value;
            return "data: ".Length;
        }

        if (bytes[0] is (byte)'\r' or (byte)'\n')
        {
            Dispatch();
            EndLine(bytes[0]);
            return 1;
        }

        _fieldLength = 0;
        _state = State.Name;
        return 0;
    }

    private int ReadName(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOfAny((byte)':', (byte)'\r', (byte)'\n');
        var piece = end < 0 ? bytes : bytes[..end];
        if (piece.Length <= _field.Length - _fieldLength)
        {
            piece.CopyTo(_field.AsSpan(_fieldLength));
        }

        // Longer than any known name.
        _fieldLength = Math.Min(_fieldLength + piece.Length, _field.Length + 1);
        if (end < 0)
        {
            return bytes.Length;
        }

        StartValue(FieldNow());
        if (bytes[end] == ':')
        {
            _state = State.Space;
        }
        else
        {
            EndLine(bytes[end]);
        }

        return end + 1;
    }

    private Field FieldNow() =>
        _fieldLength switch
        {
            4 when _field.AsSpan(0, 4).SequenceEqual("data"u8) => Field.Data,
            5 when _field.AsSpan().SequenceEqual("event"u8) => Field.Event,
            _ => Field.Other,
        };

    private void StartValue(Field field)
    {
        _current = field;
        if (field == Field.Event)
        {
            _nameLength = 0;
        }
        else if (field == Field.Data)
        {
            if (_hasData)
            {
                AddData("\n"u8);
            }

            _hasData = true;
        }
    }

    private int SkipSpace(ReadOnlySpan<byte> bytes)
    {
        _state = State.Value;
        return bytes[0] == ' ' ? 1 : 0;
    }

    private int ReadValue(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOfAny((byte)'\r', (byte)'\n');
        var piece = end < 0 ? bytes : bytes[..end];
        if (_current == Field.Data)
        {
            AddData(piece);
        }
        else if (_current == Field.Event)
        {
            AddName(piece);
        }

        if (end < 0)
        {
            return bytes.Length;
        }

        EndLine(bytes[end]);
        return end + 1;
    }

    private void AddData(ReadOnlySpan<byte> piece)
    {
        if (_markLength < _mark.Length)
        {
            var head = piece[..Math.Min(piece.Length, _mark.Length - _markLength)];
            head.CopyTo(_mark.AsSpan(_markLength));
            _markLength += head.Length;
        }

        json.Read(piece);
    }

    private void AddName(ReadOnlySpan<byte> piece)
    {
        if (piece.Length <= _name.Length - _nameLength)
        {
            piece.CopyTo(_name.AsSpan(_nameLength));
        }

        _nameLength = Math.Min(_nameLength + piece.Length, _name.Length + 1);
    }

    private void EndLine(byte end)
    {
        _isAfterReturn = end == '\r';
        _state = State.LineStart;
    }

    private void Dispatch()
    {
        if (_hasData)
        {
            dispatch(new(IsDone, _nameLength == LongestField && _name.AsSpan().SequenceEqual("error"u8)));
            json.Reset();
        }

        _hasData = false;
        _markLength = 0;
        _nameLength = 0;
    }
}

/// <summary>One event; the JSON scanner has read its data.</summary>
/// <param name="IsDone">OpenAI's <c>[DONE]</c>.</param>
/// <param name="IsError">Its event name is <c>error</c>.</param>
internal readonly record struct SseEvent(bool IsDone, bool IsError);
