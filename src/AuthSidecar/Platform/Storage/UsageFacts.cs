namespace AuthSidecar.Platform.Storage;

/// <summary>
/// Facts reported about a request, and their sources. The outcome follows from these alone, so the order of reports does not matter.
/// </summary>
[Flags]
internal enum UsageFacts
{
    None = 0,

    /// <summary>Source: the decision in Check.</summary>
    Decided = 1,

    /// <summary>Source: Envoy's access log.</summary>
    Logged = 2,

    /// <summary>Source: the observed response.</summary>
    Observed = 4,

    /// <summary>Source: a service, through the Recorder or <c>IsAuthorized</c>.</summary>
    Recorded = 8,

    /// <summary>A usage object was seen.</summary>
    HasUsage = 16,

    /// <summary>The model is the response's, not the request's.</summary>
    IsResponseModel = 32,

    /// <summary>The client left before the end.</summary>
    ClientLeft = 64,

    /// <summary>The upstream failed: an error event, or an end without the end marker of its dialect.</summary>
    UpstreamFailed = 128,

    /// <summary>The request has ended, according to any source.</summary>
    Ended = 256,

    /// <summary>Its cost is settled against its reservation.</summary>
    Settled = 512,

    /// <summary>The error type comes from a source that has precedence over Envoy's access log.</summary>
    IsOwnError = 1024,

    /// <summary>The end of the response was observed: a client that disconnects then has received all of it.</summary>
    SawEnd = 2048,

    /// <summary>Input tokens include cached tokens, as OpenAI and Gemini count; otherwise they are separate.</summary>
    HasCachedInInput = 4096,

    /// <summary>Output tokens include reasoning tokens, as OpenAI and Anthropic count; otherwise they are separate.</summary>
    HasReasoningInOutput = 8192,

    /// <summary>The endpoint generates nothing: no reservation and no cost, whatever the response shows.</summary>
    GeneratesNothing = 16384,

    /// <summary>Reads an object created by an earlier request.</summary>
    ReadsResult = 32768,

    /// <summary>Created an object without showing its usage, which is billed to a request that read it.</summary>
    BilledElsewhere = 65536,

    /// <summary>Source: a Check whose call ended before its decision. Yields to the decision of a repeat.</summary>
    Abandoned = 1 << 17,

    /// <summary>Daily sums count its model as other: the caller has used up its model names of that day.</summary>
    IsOtherModel = 1 << 24,
}
