namespace AuthSidecar.Recording;

internal enum RecordKind
{
    InterceptionStart,
    InterceptionEnd,
    TokenUsage,
    PromptUsage,
    ToolUsage,
    ModelThought,
}

/// <summary>What became of a record.</summary>
internal enum RecordResult
{
    /// <summary>There is no interception of its id.</summary>
    Unknown,

    /// <summary>It was there already; nothing has changed.</summary>
    Repeated,

    /// <summary>It is a text, and texts are not kept.</summary>
    Dropped,
    Stored,
}
