using System.Text;

namespace AuthSidecar.Usage.Observation;

/// <summary>
/// Finds the last part named <c>model</c> of a streamed form (multipart/form-data), in constant memory; other parts are skipped up to their
/// boundary.
/// </summary>
internal sealed class FormScanner
{
    // RFC 2046: 70 characters and two dashes.
    private const int LongestBoundary = 72;
    private const int LongestHeaders = 1024;
    private const int LongestModel = 256;

    private readonly byte[] _text = new byte[LongestHeaders];
    private int _length;
    private byte[] _delimiter = [];
    private int _matched;
    private State _state;
    private bool _isModel;

    private enum State
    {
        Boundary,
        Headers,
        Content,
        Over,
    }

    /// <summary>No further input is needed: not a form, or ended.</summary>
    public bool IsOver => _state == State.Over;

    /// <summary>Null: none so far.</summary>
    public string? Model { get; private set; }

    public void Read(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty && !IsOver)
        {
            bytes = _state switch
            {
                State.Boundary => ReadBoundary(bytes),
                State.Headers => ReadHeaders(bytes),
                _ => ReadContent(bytes),
            };
        }
    }

    // The first line.
    private ReadOnlySpan<byte> ReadBoundary(ReadOnlySpan<byte> bytes)
    {
        _text[_length++] = bytes[0];
        if (bytes[0] == '\n')
        {
            var line = _text.AsSpan(0, _length);
            if (line.Length < 5 || !line.StartsWith("--"u8) || line.IndexOf((byte)'\r') != line.Length - 2)
            {
                _state = State.Over;
                return default;
            }

            _delimiter = [.. "\r\n"u8, .. line[..^2]];
            "\r\n"u8.CopyTo(_text);
            (_state, _length) = (State.Headers, 2);
        }
        else if (_length > LongestBoundary + 1)
        {
            _state = State.Over;
        }

        return bytes[1..];
    }

    // A boundary is followed by its line end; otherwise it is the last one, or none.
    private ReadOnlySpan<byte> ReadHeaders(ReadOnlySpan<byte> bytes)
    {
        _text[_length++] = bytes[0];
        var headers = _text.AsSpan(0, _length);
        if (_length == 2 && !headers.SequenceEqual("\r\n"u8))
        {
            Start(headers.SequenceEqual("--"u8) ? State.Over : State.Content, isModel: false);
        }
        else if (headers.EndsWith("\r\n\r\n"u8))
        {
            Start(State.Content, NamesModel(Encoding.Latin1.GetString(headers)));
        }
        else if (_length == LongestHeaders)
        {
            Start(State.Content, isModel: false);
        }

        return bytes[1..];
    }

    private void Start(State state, bool isModel) => (_state, _isModel, _length, _matched) = (state, isModel, 0, 0);

    private ReadOnlySpan<byte> ReadContent(ReadOnlySpan<byte> bytes)
    {
        if (_matched == 0 && !_isModel)
        {
            var next = bytes.IndexOf(_delimiter[0]);
            if (next < 0)
            {
                return default;
            }

            bytes = bytes[next..];
        }

        if (bytes[0] == _delimiter[_matched])
        {
            if (++_matched == _delimiter.Length)
            {
                Model = _isModel && _length <= LongestModel && Text() is { } model ? model : Model;
                Start(State.Headers, isModel: false);
            }

            return bytes[1..];
        }

        // The delimiter starts with a carriage return and contains no other.
        Keep(_delimiter.AsSpan(0, _matched));
        _matched = bytes[0] == _delimiter[0] ? 1 : 0;
        if (_matched == 0)
        {
            Keep(bytes[..1]);
        }

        return bytes[1..];
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        if (_isModel && _length <= LongestModel)
        {
            bytes = bytes[..Math.Min(bytes.Length, LongestModel + 1 - _length)];
            bytes.CopyTo(_text.AsSpan(_length));
            _length += bytes.Length;
        }
    }

    private string? Text() =>
        Encoding.UTF8.GetString(_text, 0, _length).Trim() is { Length: > 0 } text && !text.Any(char.IsControl) ? text : null;

    private static bool NamesModel(string headers)
    {
        for (var at = 0; (at = headers.IndexOf("name=", at, StringComparison.OrdinalIgnoreCase)) >= 0; at++)
        {
            var value = headers.AsSpan(at + "name=".Length);
            if (
                headers[at - 1] is ' ' or ';' or '\t'
                && (value.StartsWith("\"model\"", StringComparison.Ordinal) || value is ['m', 'o', 'd', 'e', 'l', ';' or '\r' or ' ', ..])
            )
            {
                return true;
            }
        }

        return false;
    }
}
