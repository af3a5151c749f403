using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Envoy.ExtAuthz;

/// <summary>A Check that repeats another one.</summary>
/// <param name="run">The running decision of the other; null: it was answered.</param>
/// <param name="answer">Its answer, or the prepared answer that it was made of; null while it runs.</param>
/// <param name="limit">The caller's limit beside a prepared answer.</param>
internal sealed class Repeat(RepeatRun? run, object? answer, LimitState? limit)
{
    public RepeatRun? Run => run;

    /// <param name="decisionId">The id of both.</param>
    public CheckAnswer Answer(string decisionId) =>
        answer switch
        {
            PreparedAnswer prepared => new(prepared, decisionId, limit),
            CheckAnswer own => own,
            _ => throw new InvalidOperationException("The other Check is still running."),
        };
}
