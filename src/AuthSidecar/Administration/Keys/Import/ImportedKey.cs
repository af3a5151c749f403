using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Keys.Import;

/// <summary>One line of an import, understood.</summary>
/// <param name="Line">Its number, from 1.</param>
/// <param name="Id">The key's id here.</param>
/// <param name="Hash">SHA-256 as its format makes it.</param>
/// <param name="Owner">Name or UUID of the user.</param>
internal sealed record ImportedKey(int Line, string Id, KeyFormat Format, byte[] Hash, string Owner)
{
    public string? Name { get; init; }

    /// <summary>Empty: <c>full</c>.</summary>
    public IReadOnlyList<string> Scopes { get; init; } = [];

    public IReadOnlyList<string> Models { get; init; } = [];
    public DateTimeOffset? ExpiresAt { get; init; }
    public DateTimeOffset? LastUsedAt { get; init; }

    /// <summary>Since when it is refused, or null.</summary>
    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>What it may spend in a month, in millionths of the currency; null: no budget of its own.</summary>
    public long? BudgetMicros { get; init; }
}
