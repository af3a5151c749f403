using System.Buffers;
using AuthSidecar.Decisions.Metadata;
using AuthSidecar.Usage.Observation;

namespace AuthSidecar.Envoy.ExtProc;

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

/// <summary>The relevant part of one ext_proc message. Its body is pooled and returned on disposal.</summary>
internal sealed class ProcessingMessage : IDisposable
{
    private byte[]? _lent;

    public ProcessingPart Part { get; set; }

    /// <summary>Envoy expects no answer; one would be an error.</summary>
    public bool IsObservability { get; set; }

    /// <summary>Envoy forwards only the body that it gets back.</summary>
    public bool NeedsBodies { get; set; }

    /// <summary>Last message of that direction.</summary>
    public bool IsEnd { get; set; }

    /// <summary>Headers; those of a request have no status.</summary>
    public ResponseHead Head { get; set; }

    /// <summary>The decision, when Envoy forwards Check's metadata with headers.</summary>
    public DecisionFacts? Decision { get; set; }

    /// <summary>Chunk of a request or response body.</summary>
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

            // Prompts and responses must not leak through the pool.
            ArrayPool<byte>.Shared.Return(lent, clearArray: true);
        }
    }
}
