namespace AuthSidecar.Decisions.Vocabulary;

/// <summary>What could be read of a request's body.</summary>
internal enum BodyState : byte
{
    /// <summary>Envoy showed none.</summary>
    Hidden,

    /// <summary>It is cut, encoded, no JSON object, or says two things at once.</summary>
    Unreadable,

    /// <summary>It is one JSON object.</summary>
    Read,
}

/// <summary>What a decision needs of a request's body; the rest of it is not kept.</summary>
/// <param name="State">What could be read.</param>
/// <param name="Model">The model that it asks for, or null.</param>
internal readonly record struct RequestBody(BodyState State, string? Model = null);
