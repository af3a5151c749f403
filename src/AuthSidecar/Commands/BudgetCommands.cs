using System.CommandLine;
using System.Globalization;
using AuthSidecar.Budgets;
using AuthSidecar.Storage;

namespace AuthSidecar.Commands;

/// <summary><c>budgets …</c></summary>
internal static class BudgetCommands
{
    public static Command Build(StoreCommands commands) => new("budgets", "Say what may be spent in a month.") { Set(commands) };

    private static Command Set(StoreCommands commands)
    {
        var user = new Option<string?>("--user") { Description = "A user's, by name or id: counts instead of the groups'.", HelpName = "U" };
        var group = new Option<string?>("--group") { Description = "Each member's of a group; of several the highest counts.", HelpName = "G" };
        var key = new Option<string?>("--key") { Description = "A key's, by its id: counts besides.", HelpName = "K" };
        var limit = OptionWithValue.Dollars("--limit-usd", "US dollars a month, with up to six decimals; 0: nothing.");
        (Option<string?> Option, BudgetScope Scope)[] scopes = [(user, BudgetScope.User), (group, BudgetScope.Group), (key, BudgetScope.Key)];
        var command = new Command("set", "Set the monthly budget (UTC) of a user, a group or a key.") { user, group, key, limit };
        command.Validators.Add(result =>
        {
            if (scopes.Count(scope => result.GetResult(scope.Option) is not null) != 1)
            {
                result.AddError("Exactly one of --user, --group and --key is needed.");
            }
        });
        return commands.Runs(command, async (context, cancellationToken) =>
        {
            var words = context.Words;
            var (option, scope) = scopes.Single(scope => words.GetResult(scope.Option) is not null);
            var set = new SetBudget(context.Store, context.Time);
            var budget = (await set.RunAsync(scope, words.GetRequiredValue(option)!, words.GetRequiredValue(limit)!.Value, cancellationToken)).OrFail();
            var table = new TextTable("SCOPE", "ID", "LIMIT USD");
            table.Add(SetBudget.Word(budget.Scope), budget.SubjectId, (budget.LimitMicros / 1_000_000m).ToString("0.00####", CultureInfo.InvariantCulture));
            context.Output.Write(new { Scope = SetBudget.Word(budget.Scope), Id = budget.SubjectId, LimitMicroUsd = budget.LimitMicros }, table.WriteTo);
        });
    }
}
