using AuthSidecar.Access.Identities;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Reports;

/// <summary>Outcome of a step of Check for one request.</summary>
/// <param name="Step">Name of the step.</param>
/// <param name="What">Its task, in a few words.</param>
/// <param name="Result"><c>passed</c>, <c>skipped</c> (does not run for a public policy), <c>refused</c>, <c>refused_here_or_elsewhere</c>
/// (several steps have this reason), <c>not_reached</c> or <c>unknown</c>.</param>
internal sealed record StepOutcome(string Step, string What, string Result)
{
    /// <param name="row">With a decision.</param>
    /// <param name="isPublic">Whether its policy has no callers.</param>
    public static IReadOnlyList<StepOutcome> Of(UsageRow row, bool isPublic)
    {
        var steps = CheckPath.Steps;
        var possible = row.Decision == "allow" ? [] : Possible(row, isPublic);
        return [.. steps.Select((step, index) => new StepOutcome(step.Name, step.What, Result(index, step)))];

        string Result(int index, CheckPathStep step) =>
            possible switch
            {
                _ when isPublic && !step.RunsForPublic => "skipped",
                [] => row.Decision == "allow" ? "passed" : "unknown",
                [var only] when index == only => "refused",
                _ when possible.Contains(index) => "refused_here_or_elsewhere",
                _ => index < possible[0] ? "passed"
                : index > possible[^1] ? "not_reached"
                : "unknown",
            };
    }

    // The row shows facts that steps have found: earlier steps cannot have denied.
    private static List<int> Possible(UsageRow row, bool isPublic)
    {
        if (IsOfAuthentication(row))
        {
            return [IndexOf("authenticate")];
        }

        var first = row switch
        {
            { App.Length: > 0 } => IndexOf("app"),
            { KeyId.Length: > 0 } => IndexOf("authenticate") + 1,
            { Policy.Length: > 0 } => IndexOf("policy"),
            _ => 0,
        };
        return
        [
            .. Enumerable
                .Range(first, CheckPath.Steps.Count - first)
                .Where(index =>
                    CheckPath.Steps[index] is var step
                    && (step.RunsForPublic || !isPublic)
                    && (row.Reason == Denials.InternalError.Reason || step.Reasons.Contains(row.Reason))
                ),
        ];
    }

    // Its detail is the cause; the row may name the caller then, too.
    private static bool IsOfAuthentication(UsageRow row) =>
        Enum.GetNames<AuthenticationFailure>().Contains(row.Detail)
        && CheckPath.Steps[IndexOf("authenticate")].Reasons.Contains(row.Reason);

    private static int IndexOf(string name) =>
        CheckPath.Steps.Select((step, index) => (step.Name, index)).First(step => step.Name == name).index;
}
