using AuthSidecar.Administration.Shared;

namespace AuthSidecar.Administration.Rest;

/// <summary>Ends a request with a problem, which <see cref="RestErrors"/> writes.</summary>
internal sealed class RestException(int status, string error, string detail, string? member = null) : Exception(detail)
{
    public IResult Problem => Shared.Problem.Of(status, error, Message, member);

    /// <summary>Time until a retry may succeed; null: never.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <param name="detail">Text for the caller.</param>
    /// <param name="member">The wrong member or parameter.</param>
    public static RestException Invalid(string detail, string? member = null) => Of(Refusal.Invalid(detail, member));

    public static RestException Of(Refusal refusal) =>
        new(Shared.Problem.StatusOf(refusal.Kind), refusal.Code, refusal.Message, refusal.Member) { RetryAfter = refusal.RetryAfter };
}

internal static class RestOutcomes
{
    /// <summary>Result of the use case; a refusal ends the request.</summary>
    /// <exception cref="RestException">The refusal.</exception>
    public static T OrRefuse<T>(this Outcome<T> outcome)
        where T : class => outcome.Refusal is { } refusal ? throw RestException.Of(refusal) : outcome.Value;
}
