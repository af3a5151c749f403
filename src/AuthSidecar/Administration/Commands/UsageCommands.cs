using System.CommandLine;
using AuthSidecar.Administration.Reports;

namespace AuthSidecar.Administration.Commands;

/// <summary><c>usage</c> and <c>usage rows</c></summary>
internal static class UsageCommands
{
    public static Command Build(StoreCommands commands)
    {
        var by = new Option<string>("--by") { Description = "Grouping of the sums.", DefaultValueFactory = _ => UsageGroups.Words[0] };
        by.AcceptOnlyFromAmong([.. UsageGroups.Words]);
        var from = OptionWithValue.Day("--from", "First day (UTC), included. Default: the first of the last day's month.");
        var to = OptionWithValue.Day("--to", "Last day (UTC), included. Default: today.");
        var csv = CsvOption();
        Option[] own = [by, from, to, csv];
        var rows = Rows(commands);
        rows.Validators.Add(result =>
        {
            if (
                result.Parent is System.CommandLine.Parsing.CommandResult sums
                && own.Any(option => sums.GetResult(option) is { Implicit: false })
            )
            {
                result.AddError("--by, --from and --to belong to usage and not to usage rows; --csv stands after rows.");
            }
        });

        var command = new Command("usage", "Sum requests, tokens and costs. Default: of this month (UTC).") { by, from, to, csv, rows };
        return commands.Runs(OneForm(command, csv), async (context, cancellationToken) =>
        {
            var arguments = context.Arguments;
            var query = UsageQuery
                .Of(UsageGroups.Find(arguments.GetRequiredValue(by))!.Value, arguments.GetValue(from), arguments.GetValue(to), context.Time)
                .OrFail();
            var sums = await new SumUsage(context.Store).RunAsync(query, cancellationToken);
            if (arguments.GetValue(csv))
            {
                context.Output.WriteText(Csv.Write(sums));
                return;
            }

            context.Output.WriteList(sums, UsageText.Sums(query, sums, context.Settings.Usage.Currency));
        });
    }

    private static Command Rows(StoreCommands commands)
    {
        var decision = new Option<string?>("--decision")
        {
            Description = "Only the row of this decision: the header x-authsidecar-decision-id of its response.",
            HelpName = "ID",
        };
        var last = OptionWithValue.Count("--last", $"Number of rows, up to {FindUsage.Most}. Default: {FindUsage.Usual}.");
        var csv = CsvOption();
        return commands.Runs(
            OneForm(new("rows", "Show usage rows, the latest first.") { decision, last, csv }, csv),
            async (context, cancellationToken) =>
            {
                var arguments = context.Arguments;
                var rows = (
                    await new FindUsage(context.Store).RunAsync(arguments.GetValue(decision), arguments.GetValue(last), cancellationToken)
                ).OrFail();
                if (arguments.GetValue(csv))
                {
                    context.Output.WriteText(Csv.Write(rows));
                    return;
                }

                context.Output.WriteList(rows, UsageText.Rows(rows, context.Settings.Usage.Currency));
            }
        );
    }

    private static Option<bool> CsvOption() =>
        new("--csv")
        {
            Description = "Print comma-separated values; texts that a spreadsheet would read as formulas get a leading apostrophe.",
        };

    private static Command OneForm(Command command, Option<bool> csv)
    {
        command.Validators.Add(result =>
        {
            if (result.GetValue(csv) && result.GetValue(CommandLine.Json))
            {
                result.AddError("--csv and --json do not go together.");
            }
        });
        return command;
    }
}
