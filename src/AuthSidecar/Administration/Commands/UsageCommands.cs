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
        var filters = new UsageFilters();
        Option[] own = [by, from, to, csv, .. filters.All];
        var rows = Rows(commands);
        rows.Validators.Add(result =>
        {
            if (
                result.Parent is System.CommandLine.Parsing.CommandResult sums
                && own.Any(option => sums.GetResult(option) is { Implicit: false })
            )
            {
                result.AddError("--by, --from and --to belong to usage and not to usage rows; filters and --csv stand after rows.");
            }
        });

        var command = new Command("usage", "Sum requests, tokens and costs. Default: of this month (UTC).") { by, from, to, csv, rows };
        filters.AddTo(command);
        return commands.Runs(OneForm(command, csv), async (context, cancellationToken) =>
        {
            var arguments = context.Arguments;
            var query = UsageQuery
                .Of(UsageGroups.Find(arguments.GetRequiredValue(by))!.Value, arguments.GetValue(from), arguments.GetValue(to), context.Time)
                .OrFail();
            var filter = await filters.ReadAsync(context, cancellationToken);
            query = query with { UserId = filter.UserId, KeyId = filter.KeyId, Policy = filter.Policy };
            var sums = await new SumUsage(context.Store).RunAsync(query, cancellationToken);
            if (arguments.GetValue(csv))
            {
                context.Output.WriteText(Csv.Write(sums));
                return;
            }

            var groups = sums.Select(sum => sum.Group).ToList();
            var names = await new FindNames(context.Store).RunAsync(
                query.By == UsageGroup.User ? groups : [],
                query.By == UsageGroup.Key ? groups : [],
                cancellationToken
            );
            context.Output.WriteList(sums, UsageText.Sums(query, sums, names, context.Settings.Usage.Currency));
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
        var filters = new UsageFilters();
        var command = new Command("rows", "Show usage rows, the latest first.") { decision, last, csv };
        filters.AddTo(command);
        return commands.Runs(OneForm(command, csv), async (context, cancellationToken) =>
        {
            var arguments = context.Arguments;
            var filter = await filters.ReadAsync(context, cancellationToken);
            if (arguments.GetValue(decision) is not null && filter != RowFilter.None)
            {
                throw CommandFailure.UsageError("--decision names one row; --user, --key and --policy go without it.");
            }

            var rows = (
                await new FindUsage(context.Store).RunAsync(
                    arguments.GetValue(decision),
                    arguments.GetValue(last),
                    filter,
                    cancellationToken
                )
            ).OrFail();
            if (arguments.GetValue(csv))
            {
                context.Output.WriteText(Csv.Write(rows));
                return;
            }

            var names = await new FindNames(context.Store).RunAsync(
                rows.Select(row => row.UserId),
                rows.Select(row => row.KeyId),
                cancellationToken
            );
            context.Output.WriteList(rows, UsageText.Rows(rows, names, context.Settings.Usage.Currency));
        });
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
