using AuthSidecar.Administration.Shared;

namespace AuthSidecar.Administration.Commands;

internal static class Outcomes
{
    /// <summary>Result of the use case; a refusal ends the command.</summary>
    public static T OrFail<T>(this Outcome<T> outcome)
        where T : class => outcome.Refusal is { } refusal ? throw CommandFailure.Of(refusal) : outcome.Value;
}
