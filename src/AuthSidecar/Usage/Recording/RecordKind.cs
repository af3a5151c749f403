namespace AuthSidecar.Usage.Recording;

internal enum RecordKind
{
    InterceptionStart,
    InterceptionEnd,
    TokenUsage,
    PromptUsage,
    ToolUsage,
    ModelThought,
}

/// <summary>Result of a record.</summary>
internal enum RecordResult
{
    /// <summary>No interception has its id.</summary>
    Unknown,

    /// <summary>Already stored; nothing changed.</summary>
    Repeated,

    /// <summary>A text, while texts are not recorded.</summary>
    Dropped,
    Stored,
}
