namespace AuthSidecar.Observation;

/// <summary>Finds in a request's body as it passes the model that it asks for. In constant memory; nothing else of it is kept, and whatever is no JSON object has none.</summary>
/// <remarks>
/// It reads to the end: SDKs write the model before the messages or after them, and of two the providers' parsers take the last. Envoy has sent the bytes
/// here by then, which costs more than looking at them.
/// </remarks>
internal sealed class RequestReader : IDisposable
{
    private readonly JsonFindings _findings = new();
    private readonly JsonScanner _json;
    private readonly BytesReader _readDecoded;
    private readonly ContentDecoder? _decoder;
    private BodySniffer _sniffer;
    private bool _isStopped;

    /// <param name="encoding">The value of <c>content-encoding</c>; empty: none. Of one that cannot be read nothing is.</param>
    public RequestReader(string encoding)
    {
        _json = new(_findings, Place.Request);
        _readDecoded = ReadDecoded;
        _isStopped = !ContentDecoder.TryCreate(encoding, out _decoder);
    }

    /// <summary>What was found so far; null: nothing that could stand in a row.</summary>
    public string? Model => _findings.Model.IsEmpty ? null : _findings.Model.ToString();

    public void Read(ReadOnlyMemory<byte> bytes)
    {
        if (_isStopped)
        {
            return;
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
