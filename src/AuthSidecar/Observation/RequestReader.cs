namespace AuthSidecar.Observation;

/// <summary>Finds in a request's body as it passes the model that it asks for and how much text it brings. In constant memory; nothing else of it is kept, and whatever is no JSON object or form has neither.</summary>
/// <remarks>
/// It reads to the end: SDKs write the model before the messages or after them, and of two the providers' parsers take the last. Envoy has sent the bytes
/// here by then, which costs more than looking at them.
/// </remarks>
internal sealed class RequestReader : IDisposable
{
    // A caller chooses what is decoded here.
    private const long Grace = 1024 * 1024;

    private readonly ExtractedFields _fields = new();
    private readonly JsonScanner _json;
    private readonly BytesReader _readDecoded;
    private readonly ContentDecoder? _decoder;
    private BodySniffer _sniffer;
    private FormScanner? _form;
    private bool _isStopped;
    private bool _isUnread;
    private long _unreadBytes;

    /// <param name="encoding">The value of <c>content-encoding</c>; empty: none. Of one that cannot be read nothing is.</param>
    /// <param name="pool">Where the memory of its decoder is counted; null: <see cref="DecoderPool.Requests"/>.</param>
    public RequestReader(string encoding, DecoderPool? pool = null)
    {
        _json = new(_fields, UsageField.Request);
        _readDecoded = ReadDecoded;
        _isUnread = _isStopped = !ContentDecoder.TryCreate(encoding, pool ?? DecoderPool.Requests, Grace, out _decoder);
    }

    /// <summary>What was found so far; null: nothing that could stand in a row.</summary>
    public string? Model => _fields.Model.IsEmpty ? _form?.Model : _fields.Model.ToString();

    /// <summary>The least number of tokens that it brings, as <see cref="SeenTokens"/> has it; null: nothing was seen.</summary>
    public long? SeenInput => SeenTokens.Of(_json.TextBytes, _unreadBytes);

    /// <summary>The provider may keep what it makes, so that it can be read again: it is asked to, or what it is asked is not known.</summary>
    public bool MayStore => _fields.Stores || _isUnread;

    public void Read(ReadOnlyMemory<byte> bytes)
    {
        if (_isStopped)
        {
            _unreadBytes += _isUnread ? bytes.Length : 0;
            return;
        }

        if (_decoder is null)
        {
            ReadDecoded(bytes.Span);
            return;
        }

        try
        {
            if (!_decoder.Decode(bytes, _readDecoded))
            {
                StopAt(bytes);
            }
        }
        catch (InvalidDataException)
        {
            StopAt(bytes);
        }
    }

    /// <summary>Reads no more; what was found counts.</summary>
    public void Stop() => _isStopped = _isUnread = true;

    /// <summary>Nothing more comes: its decoder is not needed while the answer is waited for.</summary>
    public void End() => _decoder?.Dispose();

    public void Dispose() => _decoder?.Dispose();

    private void StopAt(ReadOnlyMemory<byte> bytes)
    {
        Stop();
        _unreadBytes += bytes.Length;
        _decoder!.Dispose();
    }

    private void ReadDecoded(ReadOnlySpan<byte> bytes)
    {
        if (_sniffer.Kind == BodyKind.Unknown)
        {
            bytes = bytes[_sniffer.Sniff(bytes)..];
        }

        if (_sniffer.Kind == BodyKind.Json)
        {
            _json.Read(bytes);
        }

        if (_sniffer.Kind == BodyKind.Other)
        {
            _form ??= new();
            _form.Read(bytes);
        }

        _isStopped |= _json.IsBroken || _sniffer.Kind is BodyKind.Events || _form is { IsOver: true };
    }
}
