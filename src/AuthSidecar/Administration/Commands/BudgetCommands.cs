using System.CommandLine;
using System.CommandLine.Parsing;
using AuthSidecar.Administration.Budgets;
using AuthSidecar.Administration.Providers;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Usage.Budgets;

namespace AuthSidecar.Administration.Commands;

/// <summary><c>budgets …</c></summary>
internal static class BudgetCommands
{
    public static Command Build(StoreCommands commands) =>
        new("budgets", "Set monthly (UTC) budgets. A request is denied when any of its budgets is spent.")
        {
            Set(commands),
            List(commands),
            Remove(commands),
        };

    private static Command Set(StoreCommands commands)
    {
        var options = new SubjectArguments();
        var limit = OptionWithValue.Dollars("--limit-usd", "US dollars a month, with up to six decimals; 0: no spending.");
        var command = new Command(
            "set",
            "Set the monthly budget (UTC) of a user, of each member of a group, of a group's members together, or of a key."
        );
        options.AddTo(command);
        command.Add(limit);
        return commands.Runs(command, async (context, cancellationToken) =>
        {
            var (scope, subject) = options.Of(context.Arguments);
            var budget = (
                await new SetBudget(context.Store, context.Time).RunAsync(
                    scope,
                    subject,
                    context.Arguments.GetRequiredValue(limit)!.Value,
                    cancellationToken
                )
            ).OrFail();
            if (
                scope == BudgetScope.User
                && ExternalPerson.TrySplit(budget.SubjectId, out var issuer, out _)
                && !context.Settings.Jwt.Exists(entry => entry.Issuer == issuer)
                && !context.Settings.Login.Exists(entry => entry.For == LoginPurpose.EndUser && entry.Issuer == issuer)
            )
            {
                context.Warn(
                    $"{issuer} is not the issuer of an entry of Jwt, or of Login for end users; the budget has no effect until it is"
                );
            }

            Print(context, budget);
        });
    }

    private static Command List(StoreCommands commands) =>
        commands.Runs(new("list", "List budgets, and what is spent and left of them in this month."), async (context, cancellationToken) =>
        {
            var budgets = (await new ListBudgets(context.Store, context.Time).RunAsync(new(), cancellationToken)).OrFail().Items;
            var table = new TextTable("SCOPE", "SUBJECT", "NAME", "SHARING", "LIMIT USD", "SPENT USD", "LEFT USD", "RESETS");
            foreach (var one in budgets)
            {
                table.Add(
                    BudgetSubject.NameOf(one.Budget.Scope),
                    one.Budget.SubjectId,
                    one.Name,
                    Sharing(one.Budget),
                    BudgetRefusals.Dollars(one.Budget.LimitMicros),
                    UsageText.Money(one.SpentMicros),
                    UsageText.Money(one.LeftMicros),
                    TextTable.Time(one.ResetsAt, "")
                );
            }

            context.Output.WriteList(
                budgets.Select(one => new
                {
                    Scope = BudgetSubject.NameOf(one.Budget.Scope),
                    Id = one.Budget.SubjectId,
                    Subject = one.Budget.SubjectId,
                    one.Name,
                    Sharing = BudgetSubject.Sharing(one.Budget.Scope),
                    LimitMicroUsd = one.Budget.LimitMicros,
                    SpentMicroUsd = one.SpentMicros,
                    LeftMicroUsd = one.LeftMicros,
                    one.ResetsAt,
                }),
                table
            );
        });

    private static Command Remove(StoreCommands commands)
    {
        var options = new SubjectArguments();
        var command = new Command("remove", "Remove a monthly budget.");
        options.AddTo(command);
        return commands.Runs(command, async (context, cancellationToken) =>
        {
            var (scope, subject) = options.Of(context.Arguments);
            Print(context, (await new RemoveBudget(context.Store, context.Time).RunAsync(scope, subject, cancellationToken)).OrFail());
        });
    }

    private static void Print(CommandContext context, Budget budget)
    {
        var table = new TextTable("SCOPE", "ID", "SHARING", "LIMIT USD");
        table.Add(BudgetSubject.NameOf(budget.Scope), budget.SubjectId, Sharing(budget), BudgetRefusals.Dollars(budget.LimitMicros));
        context.Output.Write(
            new
            {
                Scope = BudgetSubject.NameOf(budget.Scope),
                Id = budget.SubjectId,
                Subject = budget.SubjectId,
                Sharing = BudgetSubject.Sharing(budget.Scope),
                LimitMicroUsd = budget.LimitMicros,
            },
            table.WriteTo
        );
    }

    private static string? Sharing(Budget budget) =>
        BudgetSubject.Sharing(budget.Scope) switch
        {
            "per_member" => "each member",
            var sharing => sharing,
        };

    /// <summary>Options that name a budget.</summary>
    private sealed class SubjectArguments
    {
        private readonly Option<string?> _user = new("--user")
        {
            Description =
                "Budget of a user, by name or id, or ISSUER|SUB for a caller with a JWT; replaces per-member budgets of its groups.",
            HelpName = "U",
        };
        private readonly Option<string?> _group = new("--group")
        {
            Description = "Budget of a group: for each member (of several groups the highest counts), or shared by all.",
            HelpName = "G",
        };
        private readonly Option<string?> _key = new("--key")
        {
            Description = "Budget of a key line, by the id of any of its keys; counts in addition.",
            HelpName = "K",
        };
        private readonly Option<bool> _perMember = new("--per-member")
        {
            Description = "With --group, the default: the same amount for each member.",
        };
        private readonly Option<bool> _shared = new("--shared")
        {
            Description = "With --group: one amount for all members together; counts in addition.",
        };

        public void AddTo(Command command)
        {
            foreach (var option in new Option[] { _user, _group, _key, _perMember, _shared })
            {
                command.Add(option);
            }

            command.Validators.Add(Check);
        }

        public (BudgetScope Scope, string Subject) Of(ParseResult arguments) =>
            arguments.GetValue(_user) is { } user ? (BudgetScope.User, user)
            : arguments.GetValue(_key) is { } key ? (BudgetScope.Key, key)
            : (arguments.GetValue(_shared) ? BudgetScope.Shared : BudgetScope.Group, arguments.GetRequiredValue(_group)!);

        private void Check(CommandResult result)
        {
            if (new[] { _user, _group, _key }.Count(option => result.GetResult(option) is not null) != 1)
            {
                result.AddError("Exactly one of --user, --group and --key is needed.");
            }

            if (result.GetValue(_shared) && result.GetValue(_perMember))
            {
                result.AddError("--per-member and --shared are two budgets; set one after the other.");
            }

            if (result.GetResult(_group) is null && (result.GetValue(_shared) || result.GetValue(_perMember)))
            {
                result.AddError("--per-member and --shared go with --group.");
            }
        }
    }
}
