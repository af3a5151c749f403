using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

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

/// <summary>One request, whatever answered it, or the number of those that were refused alike. What is unknown is null.</summary>
internal sealed class UsageRow
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

    /// <summary><c>complete</c>, <c>no_usage</c>, <c>client_disconnect</c>, <c>upstream_error</c> or <c>denied</c>; null while the end is not known.</summary>
    public string? Outcome { get; set; }

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

    /// <summary>In millionths of the currency; null: the price is not known.</summary>
    public long? CostMicros { get; set; }

    /// <summary>What it was estimated to cost when it was let through, and costs at least where its usage is not seen; null: no budget is concerned.</summary>
    public long? ReservedMicros { get; set; }

    /// <summary>The cost is an estimate, since too little was seen or no price is known for what was.</summary>
    public bool IsEstimated { get; set; }

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

    public UsageRow Clone() => (UsageRow)MemberwiseClone();

    internal sealed class Mapping : IEntityTypeConfiguration<UsageRow>
    {
        public void Configure(EntityTypeBuilder<UsageRow> builder)
        {
            builder.ToTable("Usage");
            builder.HasKey(row => row.DecisionId);
            builder.HasIndex(row => row.Time);
        }
    }
}
