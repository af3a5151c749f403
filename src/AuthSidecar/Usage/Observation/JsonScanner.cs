using System.Buffers;

namespace AuthSidecar.Usage.Observation;

/// <summary>
/// Streaming JSON scanner in constant memory: extracts only the fields of <see cref="UsageField"/> and skips everything else, however long
/// or deep, checking only quotes and brackets. The root, <see cref="UsageField.Root"/> or <see cref="UsageField.Request"/>, selects the
/// fields.
/// </summary>
/// <remarks>https://www.rfc-editor.org/rfc/rfc8259</remarks>
internal sealed class JsonScanner(ExtractedFields fields, UsageField root = UsageField.Root)
{
    private const int MaxDepth = 8;

    private static readonly SearchValues<byte> _textEnd = SearchValues.Create("\"\\"u8);
    private static readonly SearchValues<byte> _structure = SearchValues.Create("\"{}[]:"u8);
    private static readonly SearchValues<byte> _literalEnd = SearchValues.Create(",]} \t\r\n"u8);
    private static readonly SearchValues<byte> _blank = SearchValues.Create(" \t\r\n"u8);

    private readonly Container[] _containers = new Container[MaxDepth];
    private readonly TokenBuffer _capture = new();
    private readonly TextMeter _text = new();
    private readonly UsageField _root = root;
    private State _state = State.Value;
    private UsageField _field = root;
    private int _depth;
    private long _skippedDepth;
    private bool _isEscaped;
    private bool _mayClose;
    private bool _hasDocument;

    private enum State : byte
    {
        Value,
        Name,
        NameText,
        Colon,
        Text,
        Literal,
        SkippedText,
        Skipped,
        TextInSkipped,
        Next,
        Broken,
    }

    /// <summary>Not JSON; further input is ignored.</summary>
    public bool IsBroken => _state == State.Broken;

    /// <summary>Between documents.</summary>
    public bool IsBetween => _depth == 0 && _state is State.Value;

    /// <summary>At least one document was read, and none is open.</summary>
    public bool IsWhole => _hasDocument && IsBetween;

    /// <summary>Bytes of text in fields of <see cref="UsageField.Text"/> since the document's start.</summary>
    public long TextBytes => _text.Bytes;

    /// <summary>Starts a new document.</summary>
    public void Reset()
    {
        _state = State.Value;
        _field = _root;
        _depth = 0;
        _mayClose = false;
        _isEscaped = false;
        _hasDocument = false;
        _capture.Clear();
        _text.Clear();
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
            State.NameText or State.Text => ReadText(bytes),
            State.Literal => ReadLiteral(bytes),
            State.SkippedText => SkipText(bytes, State.Next),
            State.Skipped => Skip(bytes),
            State.TextInSkipped => SkipText(bytes, State.Skipped),
            State.Broken => bytes.Length,
            _ => ReadSymbol(bytes),
        };

    private int ReadSymbol(ReadOnlySpan<byte> bytes)
    {
        var start = bytes[0] > ' ' ? 0 : bytes.IndexOfAnyExcept(_blank);
        if (start < 0)
        {
            return bytes.Length;
        }

        var symbol = bytes[start];
        switch (_state)
        {
            case State.Value:
                return start + ReadValue(symbol);
            case State.Name when symbol == '"':
                _state = State.NameText;
                break;
            case State.Colon when symbol == ':':
                _state = State.Value;
                break;
            case State.Next when symbol == ',':
                NextItem();
                break;
            case State.Name or State.Next when symbol is (byte)'}' or (byte)']':
                Close(symbol);
                break;
            default:
                _state = State.Broken;
                break;
        }

        return start + 1;
    }

    private int ReadValue(byte symbol)
    {
        switch (symbol)
        {
            case (byte)'{':
                Open(isArray: false);
                break;
            case (byte)'[':
                Open(isArray: true);
                break;
            case (byte)']' when _mayClose:
                Close(symbol);
                break;
            case (byte)'"' when _depth > 0:
                _state = UsageFields.IsText(_field) ? State.Text : State.SkippedText;
                _text.Begin(_field == UsageField.Text);
                break;
            case (byte)'-' or (byte)'t' or (byte)'f' or (byte)'n' or (>= (byte)'0' and <= (byte)'9') when _depth > 0:
                _mayClose = false;
                _state = State.Literal;
                return 0;
            default:
                // JSON lines: only further documents may follow.
                _state = State.Broken;
                break;
        }

        _mayClose = _state == State.Value && _mayClose;
        return 1;
    }

    private void Open(bool isArray)
    {
        fields.Open(_field);
        var isFollowed =
            _depth < MaxDepth
            && (isArray ? UsageFields.IsArray(_field) || (_field == UsageField.Root && _depth == 0) : UsageFields.IsObject(_field));
        if (!isFollowed)
        {
            // Other roots are not documents of a known API.
            _skippedDepth = 1;
            _state = _depth == 0 ? State.Broken : State.Skipped;
            _mayClose = false;
            _text.Begin(_field == UsageField.Text);
            return;
        }

        _containers[_depth++] = new(_field, isArray);
        _field = isArray ? UsageFields.OfElement(_field) : UsageField.None;
        _state = isArray ? State.Value : State.Name;
        _mayClose = isArray;
    }

    private void Close(byte symbol)
    {
        if (_containers[_depth - 1].IsArray != (symbol == ']'))
        {
            _state = State.Broken;
            return;
        }

        _depth--;
        _mayClose = false;
        _state = _depth == 0 ? State.Value : State.Next;
        _hasDocument |= _depth == 0;
        _field = _root;
    }

    private void NextItem()
    {
        var container = _containers[_depth - 1];
        _state = container.IsArray ? State.Value : State.Name;
        _field = container.IsArray ? UsageFields.OfElement(container.UsageField) : UsageField.None;
    }

    private int ReadText(ReadOnlySpan<byte> bytes)
    {
        if (_isEscaped)
        {
            _isEscaped = false;
            _capture.Add(bytes[..1]);
            return 1;
        }

        var end = bytes.IndexOfAny(_textEnd);
        if (end < 0)
        {
            _capture.Add(bytes);
            return bytes.Length;
        }

        if (bytes[end] == '\\')
        {
            _capture.Add(bytes[..(end + 1)]);
            _isEscaped = true;
            return end + 1;
        }

        var text = _capture.Finish(bytes[..end]);
        if (_state == State.NameText)
        {
            _field = UsageFields.Of(_containers[_depth - 1].UsageField, text);
            _state = State.Colon;
        }
        else
        {
            fields.Text(_field, text);
            _state = State.Next;
        }

        return end + 1;
    }

    private int ReadLiteral(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOfAny(_literalEnd);
        var isWanted = UsageFields.IsLiteral(_field);
        if (end < 0)
        {
            if (isWanted)
            {
                _capture.Add(bytes);
            }

            return bytes.Length;
        }

        if (isWanted)
        {
            fields.Literal(_field, _capture.FinishRaw(bytes[..end]));
        }

        _state = State.Next;
        return end;
    }

    private int SkipText(ReadOnlySpan<byte> bytes, State after)
    {
        if (_isEscaped)
        {
            _isEscaped = false;
            _text.AddEscaped(bytes[0]);
            return 1;
        }

        var end = bytes.IndexOfAny(_textEnd);
        _text.Add(end < 0 ? bytes : bytes[..end]);
        if (end < 0)
        {
            return bytes.Length;
        }

        _isEscaped = bytes[end] == '\\';
        if (!_isEscaped)
        {
            _state = after;
            if (after == State.Next)
            {
                _text.End();
            }
        }

        return end + 1;
    }

    // Skips a container without wanted fields.
    private int Skip(ReadOnlySpan<byte> bytes)
    {
        var index = bytes.IndexOfAny(_structure);
        if (index < 0)
        {
            return bytes.Length;
        }

        switch (bytes[index])
        {
            case (byte)':':
                _text.Name();
                break;
            case (byte)'"':
                _text.Value();
                _state = State.TextInSkipped;
                break;
            case (byte)'{' or (byte)'[':
                _text.Value(isContainer: true);
                _skippedDepth++;
                break;
            default:
                _text.Value();
                _skippedDepth--;
                if (_skippedDepth == 0)
                {
                    _text.End();
                    _state = State.Next;
                }

                break;
        }

        return index + 1;
    }

    private readonly record struct Container(UsageField UsageField, bool IsArray);
}
