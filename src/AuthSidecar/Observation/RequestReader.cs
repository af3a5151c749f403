namespace AuthSidecar.Observation;

/// <summary>Finds in a request's body as it passes the model that it asks for. In constant memory; nothing else of it is kept, and whatever is no JSON object has none.</summary>
/// <remarks>
/// It reads to the end: SDKs write the model before the messages or after them, and of two the providers' parsers take the last. Envoy has sent the bytes
/// here by then, which costs more than looking at them.
/// </remarks>
internal sealed class RequestReader : IDisposable
{
    // The first of the two bytes with which gzip begins (RFC 1952 2.3.1), and no JSON. Request headers are not shown.
    private const byte GzipMark = 0x1F;

    private readonly JsonFindings _findings = new();
    private readonly JsonScanner _json;
    private readonly BytesReader _readDecoded;
    private ContentDecoder? _decoder;
    private BodySniffer _sniffer;
    private bool _hasBegun;
    private bool _isStopped;

    public RequestReader()
    {
        _json = new(_findings, Place.Request);
        _readDecoded = ReadDecoded;
    }

    /// <summary>What was found so far; null: nothing that could stand in a row.</summary>
    public string? Model => _findings.Model.IsEmpty ? null : _findings.Model.ToString();

    public void Read(ReadOnlyMemory<byte> bytes)
    {
        if (_isStopped || bytes.IsEmpty)
        {
            return;
        }

        if (!_hasBegun)
        {
            _hasBegun = true;
            ContentDecoder.TryCreate(bytes.Span[0] == GzipMark ? "gzip" : "", out _decoder);
        }

        if (_decoder is null)
        {
            ReadDecoded(bytes.Span);
            return;
        }

        try
        {
            _isStopped |= !_decoder.Decode(bytes, _readDecoded);
        }
        catch (InvalidDataException)
        {
            Stop();
        }
    }

    /// <summary>Reads no more; what was found counts.</summary>
    public void Stop() => _isStopped = true;

    public void Dispose() => _decoder?.Dispose();

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

        _isStopped |= _json.IsBroken || _sniffer.Kind is BodyKind.Events or BodyKind.Other;
    }
}
