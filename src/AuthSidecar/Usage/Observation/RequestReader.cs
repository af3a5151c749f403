namespace AuthSidecar.Usage.Observation;

/// <summary>
/// Streaming reader of a request body: extracts the requested model and the amount of text, in constant memory. Only JSON objects and forms
/// have them.
/// </summary>
/// <remarks>
/// Reads to the end: SDKs write the model before or after the messages, and providers' parsers use the last of two. Receiving the bytes
/// from Envoy costs more than scanning them.
/// </remarks>
internal sealed class RequestReader : IDisposable
{
    // Callers control this input.
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

    /// <param name="encoding">The value of <c>content-encoding</c>; empty: none. Unsupported encodings are not read.</param>
    /// <param name="pool">Accounts for its decoder's memory; null: <see cref="DecoderPool.Requests"/>.</param>
    public RequestReader(string encoding, DecoderPool? pool = null)
    {
        _json = new(_fields, UsageField.Request);
        _readDecoded = ReadDecoded;
        _isUnread = _isStopped = !ContentDecoder.TryCreate(encoding, pool ?? DecoderPool.Requests, Grace, out _decoder);
    }

    /// <summary>The model found so far; null: none.</summary>
    public string? Model => _fields.Model.IsEmpty ? _form?.Model : _fields.Model.ToString();

    /// <summary>Lower bound of the input tokens, see <see cref="ObservedTokens"/>; null: nothing passed.</summary>
    public long? SeenInput => ObservedTokens.Of(_json.TextBytes, _unreadBytes);

    /// <summary>The result may be stored and read again: the request asks for it, or could not be read.</summary>
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

    /// <summary>Stops reading; fields found so far count.</summary>
    public void Stop() => _isStopped = _isUnread = true;

    /// <summary>Ends the body and frees its decoder while the response is pending.</summary>
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
