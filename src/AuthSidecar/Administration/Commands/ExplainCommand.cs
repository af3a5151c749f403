using System.CommandLine;
using AuthSidecar.Administration.Reports;

namespace AuthSidecar.Administration.Commands;

/// <summary><c>explain</c></summary>
internal static class ExplainCommand
{
    public static Command Build(StoreCommands commands)
    {
        var id = new Argument<string>("DECISION_ID") { Description = "Decision id: the header x-authsidecar-decision-id of the response." };
        return commands.Runs(
            new("explain", "Show the steps of one decision, from its usage row.") { id },
            async (context, cancellationToken) =>
            {
                var row = (
                    await new FindUsage(context.Store).ByIdAsync(context.Arguments.GetRequiredValue(id), cancellationToken)
                ).OrFail();

                // From the current policy: the policy at the time of the decision is not stored.
                var isPublic = row.Policy is { } policy && context.Settings.Policies.GetValueOrDefault(policy)?.Public == true;
                var explanation = Explanation.Of(row, isPublic);
                context.Output.Write(explanation, writer => ExplanationText.WriteTo(writer, explanation, context.Settings.Usage.Currency));
            }
        );
    }
}
