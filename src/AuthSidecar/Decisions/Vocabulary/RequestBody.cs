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
internal readonly record struct RequestBody(BodyState State, string? Model = null);
