namespace AuthSidecar.Decisions.Vocabulary;

/// <summary>State of a request's body.</summary>
internal enum BodyState : byte
{
    /// <summary>Envoy sent no body.</summary>
    Hidden,

    /// <summary>Truncated, encoded, ambiguous, or no JSON object.</summary>
    Unreadable,

    /// <summary>One JSON object.</summary>
    Read,
}

/// <summary>The content of a request's body that decisions use.</summary>
/// <param name="State">State of the body.</param>
/// <param name="Model">The requested model, or null.</param>
/// <param name="ToolModel">A model that one of the request's tools names, or null.</param>
/// <param name="MaxOutput">Tokens that all requested answers together may have; 0: the request sets no limit.</param>
internal readonly record struct RequestBody(BodyState State, string? Model = null, string? ToolModel = null, long MaxOutput = 0);
