using System.Text.Json.Serialization;

namespace AuthSidecar.Platform.Storage;

/// <summary>The usage columns that a report can set and a stored row holds. Unknown values are null.</summary>
internal abstract class RequestUsage
{
    /// <summary>Name of <see cref="SharedBudgets"/> in the store and in the spool.</summary>
    public const string SharedBudgetsColumn = "Purses";

    /// <summary>Id of the decision, interception or call: 32 hexadecimal digits.</summary>
    public required string DecisionId { get; init; }

    /// <summary>Time of the request.</summary>
    public DateTimeOffset Time { get; set; }

    public string? KeyId { get; set; }
    public string? UserId { get; set; }
    public string? Tenant { get; set; }
    public string? App { get; set; }
    public string? Policy { get; set; }
    public string? Provider { get; set; }
    public string? Model { get; set; }

    /// <summary>The requested model, where the response names another; its price applies when the response's model has none.</summary>
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

    /// <summary>
    /// Lower bound of the input tokens, estimated from the request's bytes. Only for the cost of unseen usage, not for reports.
    /// </summary>
    public long? SeenInputTokens { get; set; }

    /// <summary>
    /// Lower bound of the output tokens, estimated from observed events and bytes. Only for the cost of unseen usage, not for reports.
    /// </summary>
    public long? SeenOutputTokens { get; set; }

    /// <summary>
    /// The provider's id of the object in the response, with final usage or unfinished; null: none that a later request can read.
    /// </summary>
    public string? ObjectId { get; set; }

    /// <summary>Estimated cost at admission, and the minimum cost of unseen usage; null: no budget applies.</summary>
    public long? ReservedMicros { get; set; }

    public string? Client { get; set; }

    /// <summary>Without the query.</summary>
    public string? Path { get; set; }

    public UsageFacts Facts { get; set; }

    /// <summary>The key's line, unless it is the key itself: a rotated key is charged to its line.</summary>
    public string? KeyLine { get; set; }

    /// <summary>Groups whose shared budgets are charged, separated by single spaces; null: none.</summary>
    [JsonPropertyName(SharedBudgetsColumn)]
    public string? SharedBudgets { get; set; }

    /// <summary>Detail of a denial's reason, such as the spent budget.</summary>
    public string? Detail { get; set; }

    /// <summary>Number of requests that were counted together; null: one.</summary>
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
        SharedBudgets = other.SharedBudgets;
        Detail = other.Detail;
        Requests = other.Requests;
    }
}
