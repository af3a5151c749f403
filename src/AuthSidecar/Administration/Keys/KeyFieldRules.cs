using AuthSidecar.Administration.Shared;
using AuthSidecar.Decisions.Pipeline;

namespace AuthSidecar.Administration.Keys;

/// <summary>Rules for the values of keys. Each returns the error, or null.</summary>
internal static class KeyFieldRules
{
    private static readonly TimeSpan _shortestWindow = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _longestWindow = TimeSpan.FromDays(30);

    public static string? Name(string? name) => name is null ? null : Rules.Name("A key's name", name);

    public static string? Limit(KeyLimit? limit) =>
        limit is null ? null
        : limit.Permits < 0 ? "A limit cannot be negative."
        : limit.Window < _shortestWindow || limit.Window > _longestWindow ? "A limit's window must be 1 second to 30 days."
        : null;
}
