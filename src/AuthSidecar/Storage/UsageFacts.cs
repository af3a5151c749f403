namespace AuthSidecar.Storage;

/// <summary>What is known of a request from each of those who tell of it; how it ended follows from these and from nothing else, so that the order in which they come does not matter.</summary>
[Flags]
internal enum UsageFacts
{
    None = 0,

    /// <summary>Check has told of its decision.</summary>
    Decided = 1,

    /// <summary>Envoy's access log has told of the end.</summary>
    Logged = 2,

    /// <summary>The response was read.</summary>
    Observed = 4,

    /// <summary>A service has told of it: the Recorder, or a call of <c>IsAuthorized</c>.</summary>
    Recorded = 8,

    /// <summary>A usage object was seen.</summary>
    HasUsage = 16,

    /// <summary>The model is the response's and not the request's.</summary>
    IsResponseModel = 32,

    /// <summary>The client left before the end.</summary>
    ClientLeft = 64,

    /// <summary>The upstream failed: an error event, or an end without the mark of its dialect.</summary>
    UpstreamFailed = 128,

    /// <summary>It has ended, whoever said so.</summary>
    Ended = 256,

    /// <summary>What it cost was set off against what was reserved for it.</summary>
    Settled = 512,

    /// <summary>What kind of error it was is somebody's own word, which counts more than Envoy's.</summary>
    IsOwnError = 1024,

    /// <summary>The response came to its end before our eyes: a client that leaves then has had all of it.</summary>
    SawEnd = 2048,

    /// <summary>Cached tokens are among the input tokens, as OpenAI and Gemini count; else beside them.</summary>
    HasCachedInInput = 4096,

    /// <summary>Reasoning tokens are among the output tokens, as OpenAI and Anthropic count; else beside them.</summary>
    HasReasoningInOutput = 8192,

    /// <summary>It makes nothing: nothing is reserved or booked for it, whatever the answer shows.</summary>
    GeneratesNothing = 16384,

    /// <summary>It reads an object that an earlier request made.</summary>
    ReadsResult = 32768,

    /// <summary>It made an object whose usage it did not show, and which is billed to a request that read it.</summary>
    BilledElsewhere = 65536,

    /// <summary>The sums of its day count its model among the others: its caller has had its names of that day.</summary>
    IsOtherModel = 1 << 24,
}
