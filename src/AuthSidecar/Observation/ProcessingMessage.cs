using System.Buffers;
using AuthSidecar.ExtAuthz;

namespace AuthSidecar.Observation;

internal enum ProcessingPart
{
    None,
    RequestHeaders,
    ResponseHeaders,
    RequestBody,
    ResponseBody,
    RequestTrailers,
    ResponseTrailers,
}

/// <summary>One message of Envoy's, with what matters of it. Its body is lent and goes back when it is disposed of.</summary>
internal sealed class ProcessingMessage : IDisposable
{
    private byte[]? _lent;

    public ProcessingPart Part { get; set; }

    /// <summary>Envoy waits for no answer, and one would be an error.</summary>
    public bool IsObservability { get; set; }

    /// <summary>Envoy gives bodies out of its hand and sends on only what comes back.</summary>
    public bool NeedsBodies { get; set; }

    /// <summary>No more comes from that side.</summary>
    public bool IsEnd { get; set; }

    /// <summary>Of headers; a request's have no status.</summary>
    public ResponseHead Head { get; set; }

    /// <summary>Of headers, where Envoy forwards what Check said.</summary>
    public DecisionFacts? Decision { get; set; }

    /// <summary>Of a request's or a response's body.</summary>
    public ReadOnlyMemory<byte> Body { get; private set; }

    public void CopyBody(ReadOnlySpan<byte> body)
    {
        Release();
        _lent = ArrayPool<byte>.Shared.Rent(body.Length);
        body.CopyTo(_lent);
        Body = _lent.AsMemory(0, body.Length);
    }

    public void Dispose() => Release();

    private void Release()
    {
        Body = default;
        if (_lent is { } lent)
        {
            _lent = null;

            // What a model was asked and what it said is nobody else's.
            ArrayPool<byte>.Shared.Return(lent, clearArray: true);
        }
    }
}
