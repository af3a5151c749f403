namespace AuthSidecar.Storage;

/// <summary>The usage columns that a report can set and a stored row holds. Unknown values are null.</summary>
internal abstract class RequestUsage
{
    /// <summary>The decision's id, or the interception's or call's as 32 hexadecimal digits.</summary>
    public required string DecisionId { get; init; }

    /// <summary>When it was asked for.</summary>
    public DateTimeOffset Time { get; set; }

    public string? KeyId { get; set; }
    public string? UserId { get; set; }
    public string? Tenant { get; set; }
    public string? App { get; set; }
    public string? Policy { get; set; }
    public string? Provider { get; set; }
    public string? Model { get; set; }

    /// <summary>The model that the request asked for, where the answer names another: its price counts where the answer's has none.</summary>
    public string? AskedModel { get; set; }

    /// <summary><c>centralized</c> or <c>byok</c>.</summary>
    public string? Mode { get; set; }

    /// <summary><c>allow</c>, <c>deny</c> or <c>close</c>.</summary>
    public string? Decision { get; set; }

    public string? Reason { get; set; }
    public int? Status { get; set; }

    public string? ErrorType { get; set; }
    public long? DurationMs { get; set; }
    public long? RequestBytes { get; set; }
    public long? ResponseBytes { get; set; }
    public long? InputTokens { get; set; }
    public long? OutputTokens { get; set; }
    public long? CachedReadTokens { get; set; }
    public long? CachedWriteTokens { get; set; }
    public long? ReasoningTokens { get; set; }

    /// <summary>The least that went in, estimated from the request's bytes; for what an unseen usage costs, and for no report.</summary>
    public long? SeenInputTokens { get; set; }

    /// <summary>The least that came out, estimated from the events and bytes that passed; for what an unseen usage costs, and for no report.</summary>
    public long? SeenOutputTokens { get; set; }

    /// <summary>The provider's id of the object that the answer shows with its final usage or, still without any, while it is being made; null: none that a later request may read again.</summary>
    public string? ObjectId { get; set; }

    /// <summary>What it was estimated to cost when it was let through, and costs at least where its usage is not seen; null: no budget is concerned.</summary>
    public long? ReservedMicros { get; set; }

    public string? Client { get; set; }

    /// <summary>Without its query.</summary>
    public string? Path { get; set; }

    public UsageFacts Facts { get; set; }

    /// <summary>The line of the key, where it is not the key itself: what a rotated key costs is its line's.</summary>
    public string? KeyLine { get; set; }

    /// <summary>Groups of whose shared budgets it is paid, separated by single spaces; null: of none.</summary>
    public string? Purses { get; set; }

    /// <summary>What the reason of a refusal does not say, such as which budget is spent.</summary>
    public string? Detail { get; set; }

    /// <summary>How many requests it stands for, where these were counted and not told one by one; null: one.</summary>
    public long? Requests { get; set; }

    /// <summary>Copies all columns but the id.</summary>
    protected void CopyFrom(RequestUsage other)
    {
        Time = other.Time;
        KeyId = other.KeyId;
        UserId = other.UserId;
        Tenant = other.Tenant;
        App = other.App;
        Policy = other.Policy;
        Provider = other.Provider;
        Model = other.Model;
        AskedModel = other.AskedModel;
        Mode = other.Mode;
        Decision = other.Decision;
        Reason = other.Reason;
        Status = other.Status;
        ErrorType = other.ErrorType;
        DurationMs = other.DurationMs;
        RequestBytes = other.RequestBytes;
        ResponseBytes = other.ResponseBytes;
        InputTokens = other.InputTokens;
        OutputTokens = other.OutputTokens;
        CachedReadTokens = other.CachedReadTokens;
        CachedWriteTokens = other.CachedWriteTokens;
        ReasoningTokens = other.ReasoningTokens;
        SeenInputTokens = other.SeenInputTokens;
        SeenOutputTokens = other.SeenOutputTokens;
        ObjectId = other.ObjectId;
        ReservedMicros = other.ReservedMicros;
        Client = other.Client;
        Path = other.Path;
        Facts = other.Facts;
        KeyLine = other.KeyLine;
        Purses = other.Purses;
        Detail = other.Detail;
        Requests = other.Requests;
    }
}
