namespace AuthSidecar.Decisions.Providers;

/// <summary>Effect of a request to a provider, by method and path in the provider's dialect.</summary>
internal enum EndpointKind
{
    /// <summary>The policy has no provider.</summary>
    None,

    /// <summary>Not in the dialect's table.</summary>
    Unknown,

    /// <summary>Generates billed output, at once or in a later run.</summary>
    Generates,

    /// <summary>Lists models or describes one.</summary>
    ListsModels,

    /// <summary>Counts the tokens of a prompt.</summary>
    CountsTokens,

    /// <summary>Classifies a text or an image: free, unless the response shows usage.</summary>
    Moderates,

    /// <summary>Reads an object that contains the usage of an earlier request: a batch, a response, a run, a stored completion.</summary>
    ReadsResult,

    /// <summary>Bookkeeping without usage: files, administration, deletions.</summary>
    Bookkeeping,
}
