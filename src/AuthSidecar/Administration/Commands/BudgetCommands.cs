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
        new("budgets", "Set budgets of a month, a week or a day (UTC). A request is denied when any of its budgets is spent.")
        {
            Set(commands),
            List(commands),
            Remove(commands),
        };

    private static Command Set(StoreCommands commands)
    {
        var options = new SubjectArguments();
        var limit = OptionWithValue.Dollars("--limit-usd", "US dollars a period, with up to six decimals; 0: no spending.");
        var warn = OptionWithValue.Dollars(
            "--warn-usd",
            "US dollars a period from which one warning is given, up to the limit. Default: none.",
            isRequired: false
        );
        var command = new Command(
            "set",
            "Set the budget of a month, a week or a day (UTC) of a user, of each member of a group, of a group's members together, or of a "
                + "key."
        );
        options.AddTo(command);
        command.Add(limit);
        command.Add(warn);
        return commands.Runs(command, async (context, cancellationToken) =>
        {
            var target = options.Of(context.Arguments);
            var budget = (
                await new SetBudget(context.Store, context.Time).RunAsync(
                    target,
                    new(context.Arguments.GetRequiredValue(limit)!.Value, context.Arguments.GetValue(warn)),
                    null,
                    cancellationToken
                )
            ).OrFail();
            if (
                target.Scope == BudgetScope.User
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
        commands.Runs(
            new("list", "List budgets, and what is spent and left of them in the current period."),
            async (context, cancellationToken) =>
            {
                var budgets = (await new ListBudgets(context.Store, context.Time).RunAsync(new(), cancellationToken)).OrFail().Items;
                var table = new TextTable(
                    "SCOPE",
                    "SUBJECT",
                    "NAME",
                    "SHARING",
                    "PERIOD",
                    "LIMIT USD",
                    "WARN USD",
                    "SPENT USD",
                    "LEFT USD",
                    "RESETS"
                );
                foreach (var one in budgets)
                {
                    table.Add(
                        BudgetSubject.NameOf(one.Budget.Scope),
                        one.Budget.SubjectId,
                        one.Name,
                        Sharing(one.Budget),
                        BudgetSubject.NameOf(one.Budget.Period),
                        BudgetRefusals.Dollars(one.Budget.LimitMicros),
                        Dollars(one.Budget.WarnMicros),
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
                        Period = BudgetSubject.NameOf(one.Budget.Period),
                        LimitMicroUsd = one.Budget.LimitMicros,
                        WarnMicroUsd = one.Budget.WarnMicros,
                        SpentMicroUsd = one.SpentMicros,
                        LeftMicroUsd = one.LeftMicros,
                        one.ResetsAt,
                    }),
                    table
                );
            }
        );

    private static Command Remove(StoreCommands commands)
    {
        var options = new SubjectArguments();
        var command = new Command("remove", "Remove the budget of a month, a week or a day.");
        options.AddTo(command);
        return commands.Runs(command, async (context, cancellationToken) =>
        {
            var remove = new RemoveBudget(context.Store, context.Time);
            Print(context, (await remove.RunAsync(options.Of(context.Arguments), null, cancellationToken)).OrFail());
        });
    }

    private static void Print(CommandContext context, Budget budget)
    {
        var table = new TextTable("SCOPE", "ID", "SHARING", "PERIOD", "LIMIT USD", "WARN USD");
        table.Add(
            BudgetSubject.NameOf(budget.Scope),
            budget.SubjectId,
            Sharing(budget),
            BudgetSubject.NameOf(budget.Period),
            BudgetRefusals.Dollars(budget.LimitMicros),
            Dollars(budget.WarnMicros)
        );
        context.Output.Write(
            new
            {
                Scope = BudgetSubject.NameOf(budget.Scope),
                Id = budget.SubjectId,
                Subject = budget.SubjectId,
                Sharing = BudgetSubject.Sharing(budget.Scope),
                Period = BudgetSubject.NameOf(budget.Period),
                LimitMicroUsd = budget.LimitMicros,
                WarnMicroUsd = budget.WarnMicros,
            },
            table.WriteTo
        );
    }

    private static string? Dollars(long? micros) => micros is { } amount ? BudgetRefusals.Dollars(amount) : null;

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
        private readonly Option<string> _period = new("--period")
        {
            Description =
                "Calendar period (UTC) of the budget, month by default; a week begins on Monday. Each period has a budget of its own.",
            HelpName = "month|week|day",
            DefaultValueFactory = _ => BudgetSubject.NameOf(BudgetPeriod.Month),
        };

        public SubjectArguments() => _period.AcceptOnlyFromAmong([.. BudgetPeriods.All.Select(BudgetSubject.NameOf)]);

        public void AddTo(Command command)
        {
            foreach (var option in new Option[] { _user, _group, _key, _perMember, _shared, _period })
            {
                command.Add(option);
            }

            command.Validators.Add(Check);
        }

        public BudgetTarget Of(ParseResult arguments)
        {
            var period = Enum.Parse<BudgetPeriod>(arguments.GetRequiredValue(_period), ignoreCase: true);
            return arguments.GetValue(_user) is { } user ? new(BudgetScope.User, user, period)
                : arguments.GetValue(_key) is { } key ? new(BudgetScope.Key, key, period)
                : new(arguments.GetValue(_shared) ? BudgetScope.Shared : BudgetScope.Group, arguments.GetRequiredValue(_group)!, period);
        }

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
