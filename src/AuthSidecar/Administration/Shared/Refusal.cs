using AuthSidecar.Platform.Hashing;

namespace AuthSidecar.Administration.Shared;

internal enum RefusalKind
{
    /// <summary>Invalid input.</summary>
    Invalid,

    /// <summary>Beyond the rights of the caller.</summary>
    Forbidden,
    NotFound,

    /// <summary>Based on an older version of the stored state.</summary>
    Stale,

    /// <summary>In conflict with the stored state.</summary>
    Conflict,

    /// <summary>Too many attempts; possible again after <see cref="Refusal.RetryAfter"/>.</summary>
    Throttled,

    /// <summary>Too much work at once; possible again soon.</summary>
    Busy,
}

/// <summary>Error of a use case that changed nothing. The message is for the caller.</summary>
internal sealed record Refusal(RefusalKind Kind, string Code, string Message)
{
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Name in REST and forms of the wrong input; null: no particular one.</summary>
    public string? Member { get; init; }

    public static Refusal Invalid(string message, string? member = null) =>
        new(RefusalKind.Invalid, "invalid_argument", message) { Member = member };

    public static Refusal Forbidden(string code, string message) => new(RefusalKind.Forbidden, code, message);

    /// <param name="what">Kind of the entity.</param>
    public static Refusal Stale(string what) =>
        new(RefusalKind.Stale, "precondition_failed", $"The {what} was changed meanwhile; read it again.");

    public static Refusal Busy() =>
        new(RefusalKind.Busy, "busy", "Too many passwords are being checked; try again in a moment.")
        {
            RetryAfter = TimeSpan.FromSeconds(2),
        };

    public static Refusal Throttled(TimeSpan retryAfter) =>
        new(RefusalKind.Throttled, "login_throttled", "Too many wrong passwords; try again later.") { RetryAfter = retryAfter };

    public static Refusal UnknownUser(string nameOrId) => Unknown("user", nameOrId);

    /// <param name="id">An id; a token, pasted by mistake, is not repeated.</param>
    public static Refusal UnknownKey(string id) =>
        TokenFamilies.Of(id) == TokenFamily.Unknown
            ? Unknown("key", id)
            : new(RefusalKind.NotFound, "unknown_key", "There is no key of this token.");

    /// <param name="what">Kind of the entity, such as <c>tenant</c>.</param>
    /// <param name="id">Its id.</param>
    public static Refusal Unknown(string what, string id) => new(RefusalKind.NotFound, $"unknown_{what}", $"There is no {what} {id}.");

    public static Refusal Conflict(string code, string message) => new(RefusalKind.Conflict, code, message);
}

internal static class Outcome
{
    /// <summary>Result of an interface type, for which C# has no conversion.</summary>
    public static Outcome<T> Of<T>(T value)
        where T : class => Outcome<T>.Of(value);
}

/// <summary>Result of a use case, or its refusal.</summary>
internal readonly struct Outcome<T>
    where T : class
{
    private readonly T? _value;

    private Outcome(T? value, Refusal? refusal) => (_value, Refusal) = (value, refusal);

    public Refusal? Refusal { get; }

    public T Value => _value ?? throw new InvalidOperationException(Refusal?.Message ?? "A use case ended without an outcome.");

    public static Outcome<T> Of(T value) => new(value, null);

    public static implicit operator Outcome<T>(T value) => new(value, null);

    public static implicit operator Outcome<T>(Refusal refusal) => new(null, refusal);
}
