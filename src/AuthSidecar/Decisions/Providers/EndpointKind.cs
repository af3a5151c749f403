namespace AuthSidecar.Decisions.Providers;

/// <summary>What a request to a provider does, by method and path of the provider's dialect.</summary>
internal enum EndpointKind
{
    /// <summary>The policy has no provider.</summary>
    None,

    /// <summary>The dialect's table does not list it.</summary>
    Unknown,

    /// <summary>Makes something whose usage is billed, at once or when it has run.</summary>
    Generates,

    /// <summary>Lists models or describes one.</summary>
    ListsModels,

    /// <summary>Counts the tokens of a prompt.</summary>
    CountsTokens,

    /// <summary>Reads an object that shows the usage of an earlier request: a batch, a response, a run, a stored completion.</summary>
    ReadsResult,

    /// <summary>Bookkeeping that has no usage: files, administration, deletions.</summary>
    Keeps,
}
