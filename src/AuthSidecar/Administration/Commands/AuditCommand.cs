using System.CommandLine;
using AuthSidecar.Administration.Audit;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Storage.Audit;

namespace AuthSidecar.Administration.Commands;

/// <summary><c>audit</c></summary>
internal static class AuditCommand
{
    private const int Usual = 50;

    public static Command Build(StoreCommands commands)
    {
        var actor = new Option<string?>("--actor")
        {
            Description = "Only changes by this user, key or account, by name or id.",
            HelpName = "A",
        };
        var target = new Option<string?>("--target") { Description = "Only changes of this target, by name or id.", HelpName = "T" };
        var action = new Option<string?>("--action")
        {
            Description = "Only this action such as key.revoked, or all of a kind such as key.",
            HelpName = "X",
        };
        var from = OptionWithValue.Day("--from", "First day (UTC), included.");
        var to = OptionWithValue.Day("--to", "Last day (UTC), included.");
        var last = OptionWithValue.Count("--last", $"Number of events, up to {ListFilter.Most}. Default: {Usual}.");
        return commands.Runs(
            new("audit", "Show who changed what, the latest first.") { actor, target, action, from, to, last },
            async (context, cancellationToken) =>
            {
                var arguments = context.Arguments;
                var filter = new AuditFilter
                {
                    Actor = arguments.GetValue(actor),
                    Target = arguments.GetValue(target),
                    Action = arguments.GetValue(action),
                    From = arguments.GetValue(from) is { } first ? Start(first) : null,
                    To = arguments.GetValue(to) is { } end ? Start(end.AddDays(1)) : null,
                    Take = arguments.GetValue(last) ?? Usual,
                };
                var events = (await new ListAudit(context.Store).RunAsync(filter, cancellationToken)).OrFail().Items;
                context.Output.WriteList(events.Select(AuditDocument.Of), Table(events));
            }
        );
    }

    private static DateTimeOffset Start(DateOnly day) => new(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);

    private static TextTable Table(IEnumerable<AuditEvent> events)
    {
        var table = new TextTable("TIME", "ACTOR", "ACTION", "TARGET", "BEFORE", "AFTER");
        foreach (var row in events)
        {
            table.Add(
                TextTable.Time(row.At, ""),
                $"{row.ActorKind.ToString().ToLowerInvariant()} {row.ActorName}",
                row.Action,
                row.TargetName ?? row.TargetId,
                row.Before,
                row.After
            );
        }

        return table;
    }
}
