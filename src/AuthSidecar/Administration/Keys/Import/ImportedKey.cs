using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Keys.Import;

/// <summary>A parsed line of an import.</summary>
/// <param name="Line">Line number, from 1.</param>
/// <param name="Id">Id of the key in this gateway.</param>
/// <param name="Hash">SHA-256 as defined by its format.</param>
/// <param name="Owner">Name or UUID of the user; null: a service's key.</param>
internal sealed record ImportedKey(int Line, string Id, KeyFormat Format, byte[] Hash, string? Owner)
{
    public string? Name { get; init; }

    /// <summary>Empty: <c>full</c>.</summary>
    public IReadOnlyList<string> Scopes { get; init; } = [];

    public IReadOnlyList<string> Models { get; init; } = [];
    public DateTimeOffset? ExpiresAt { get; init; }
    public DateTimeOffset? LastUsedAt { get; init; }

    /// <summary>Time of the revocation, or null.</summary>
    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>Budget of a period in millionths of the currency; null: none.</summary>
    public long? BudgetMicros { get; init; }

    public BudgetPeriod BudgetPeriod { get; init; }

    /// <summary>Warning of the budget; null: none.</summary>
    public long? WarnMicros { get; init; }

    /// <summary>Part of the budget that is spent already; null: none.</summary>
    public long? SpentMicros { get; init; }

    /// <summary>True: the other gateway never renews the budget.</summary>
    public bool IsBudgetForAllTime { get; init; }

    /// <summary>The key's own limit; null: the route's.</summary>
    public KeyLimit? Limit { get; init; }

    /// <summary>The key's own limit of tokens; null: the route's.</summary>
    public TokenLimit? TokenLimit { get; init; }

    /// <summary>Requests of the key that may run at a time; null: as many as the route's limit allows.</summary>
    public int? Parallel { get; init; }
}
