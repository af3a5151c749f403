using System.Text.Json.Serialization;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Text;

namespace AuthSidecar.Administration.Rest.Admin;

/// <summary>A new key of another person.</summary>
internal sealed record NewKeyBody(string Name)
{
    /// <summary>Empty or missing: <c>full</c>.</summary>
    public IReadOnlyList<string> Scopes { get; init; } = [];

    /// <summary>Globs; empty or missing: all models.</summary>
    public IReadOnlyList<string> Models { get; init; } = [];
    public string? Tenant { get; init; }

    /// <summary><c>account</c> (default) or <c>service</c>.</summary>
    public string? Subject { get; init; }

    /// <summary>Duration such as <c>90d</c>; excludes <see cref="ExpiresAt"/>.</summary>
    public string? ExpiresIn { get; init; }

    /// <summary>Missing as is <see cref="ExpiresIn"/>: never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Requests in any <see cref="Window"/>; both or neither.</summary>
    public int? Permits { get; init; }

    /// <summary>Duration such as <c>60s</c>.</summary>
    public string? Window { get; init; }

    /// <summary>Tokens in any <see cref="TokenWindow"/>; both or neither.</summary>
    public long? Tokens { get; init; }

    /// <summary>Duration such as <c>60s</c>.</summary>
    public string? TokenWindow { get; init; }

    /// <summary>Requests that may run at a time; 0: no limit; missing: the limit of the route.</summary>
    public int? Parallel { get; init; }
}

/// <summary>Members to change; a member that is missing stays as it is, and null removes a limit.</summary>
internal sealed class KeyChangeBody
{
    [JsonIgnore]
    public KeyChanges Changes { get; private set; } = new();

    [JsonIgnore]
    public (bool IsGiven, int? Permits) PermitsGiven { get; private set; }

    [JsonIgnore]
    public (bool IsGiven, string? Window) WindowGiven { get; private set; }

    [JsonIgnore]
    public (bool IsGiven, long? Tokens) TokensGiven { get; private set; }

    [JsonIgnore]
    public (bool IsGiven, string? TokenWindow) TokenWindowGiven { get; private set; }

    public string? Name
    {
        get => Changes.Name?.Value;
        set => Changes = Changes with { Name = new(value) };
    }

    /// <summary>Replaces all; empty: <c>full</c>.</summary>
    public IReadOnlyList<string> Scopes
    {
        get => [.. Changes.Scopes ?? []];
        set => Changes = Changes with { Scopes = value };
    }

    /// <summary>Replaces all; empty: all models.</summary>
    public IReadOnlyList<string> Models
    {
        get => [.. Changes.Models ?? []];
        set => Changes = Changes with { Models = value };
    }

    /// <summary>Null: never.</summary>
    public DateTimeOffset? ExpiresAt
    {
        get => Changes.ExpiresAt?.Value;
        set => Changes = Changes with { ExpiresAt = new(value) };
    }

    /// <summary>Together with <see cref="Window"/>; null: the limit of the route.</summary>
    public int? Permits
    {
        get => PermitsGiven.Permits;
        set => PermitsGiven = (true, value);
    }

    public string? Window
    {
        get => WindowGiven.Window;
        set => WindowGiven = (true, value);
    }

    /// <summary>Together with <see cref="TokenWindow"/>; null: the limit of the route.</summary>
    public long? Tokens
    {
        get => TokensGiven.Tokens;
        set => TokensGiven = (true, value);
    }

    public string? TokenWindow
    {
        get => TokenWindowGiven.TokenWindow;
        set => TokenWindowGiven = (true, value);
    }

    /// <summary>Requests that may run at a time; 0: no limit; null: the limit of the route.</summary>
    public int? Parallel
    {
        get => Changes.Parallel?.Value;
        set => Changes = Changes with { Parallel = new(value) };
    }
}

internal static class KeyLimits
{
    /// <summary>Reads a limit of a body; null: none.</summary>
    /// <exception cref="RestException">Only one of both, or no duration.</exception>
    public static KeyLimit? Of(int? permits, string? window)
    {
        if (permits is null && window is null)
        {
            return null;
        }

        if (permits is not { } count || window is null)
        {
            throw RestException.Invalid("permits and window go together.", permits is null ? "permits" : "window");
        }

        return new(count, Span(window, "window"));
    }

    /// <summary>As <see cref="Of"/>, of tokens.</summary>
    /// <exception cref="RestException">As of <see cref="Of"/>.</exception>
    public static TokenLimit? OfTokens(long? tokens, string? window)
    {
        if (tokens is null && window is null)
        {
            return null;
        }

        if (tokens is not { } count || window is null)
        {
            throw RestException.Invalid("tokens and tokenWindow go together.", tokens is null ? "tokens" : "tokenWindow");
        }

        return new(count, Span(window, "tokenWindow"));
    }

    /// <summary>Reads a duration of a body.</summary>
    public static TimeSpan Span(string text, string member) =>
        Durations.TryParse(text, out var span)
            ? span
            : throw RestException.Invalid($"{member} must be a duration such as 90s, 15m, 12h or 30d.", member);
}
