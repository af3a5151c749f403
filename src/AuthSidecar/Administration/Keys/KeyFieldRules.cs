using AuthSidecar.Administration.Shared;
using AuthSidecar.Decisions.Pipeline;

namespace AuthSidecar.Administration.Keys;

/// <summary>Rules for the values of keys. Each returns the error, or null.</summary>
internal static class KeyFieldRules
{
    private const string Negative = "A limit cannot be negative.";

    private static readonly TimeSpan _shortestWindow = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _longestWindow = TimeSpan.FromDays(30);

    public static string? Name(string? name) => name is null ? null : Rules.Name("A key's name", name);

    public static string? Limit(KeyLimit? limit) => limit is null ? null : Limit(limit.Permits, limit.Window);

    public static string? Tokens(TokenLimit? limit) => limit is null ? null : Limit(limit.Tokens, limit.Window);

    public static string? Parallel(int? parallel) => parallel < 0 ? Negative : null;

    private static string? Limit(long count, TimeSpan window) =>
        count < 0 ? Negative
        : window < _shortestWindow || window > _longestWindow ? "A limit's window must be 1 second to 30 days."
        : null;
}
