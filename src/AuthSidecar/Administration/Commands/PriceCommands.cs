using System.CommandLine;
using AuthSidecar.Administration.Pricing;

namespace AuthSidecar.Administration.Commands;

/// <summary><c>prices …</c></summary>
internal static class PriceCommands
{
    public static Command Build(StoreCommands commands) =>
        new("prices", "Import and list prices of tokens.") { Import(commands), List(commands) };

    private static Command Import(StoreCommands commands)
    {
        var file = new Argument<string>("FILE") { Description = "JSON lines, one price each, in micro-USD per million tokens." };
        return commands.Runs(
            new("import", "Import prices from a file, all or none; replaces prices of the same provider, model and date.") { file },
            async (context, cancellationToken) =>
            {
                using var lines = LinesFile.Open(context.Arguments.GetRequiredValue(file));
                var result = (await new ImportPrices(context.Store, context.Time).RunAsync(lines, cancellationToken)).OrFail();
                foreach (var provider in result.Providers.Where(provider => !context.Settings.Providers.ContainsKey(provider)))
                {
                    context.Warn($"{provider} is not in Providers; until then its prices apply only to usage from the Recorder");
                }

                context.Output.Write(new { result.Imported }, writer => writer.WriteLine($"Imported {result.Imported} prices."));
            }
        );
    }

    private static Command List(StoreCommands commands)
    {
        var provider = new Option<string?>("--provider") { Description = "Only prices of this provider.", HelpName = "P" };
        var model = new Option<string?>("--model")
        {
            Description = "Only prices whose model this glob matches, or which match this model.",
            HelpName = "GLOB",
        };
        var all = new Option<bool>("--all") { Description = "Also former and future prices." };
        return commands.Runs(
            new("list", "List the current prices, in US dollars per million tokens; with --json as prices import takes them.")
            {
                provider,
                model,
                all,
            },
            async (context, cancellationToken) =>
            {
                var filter = new PriceFilter
                {
                    Provider = context.Arguments.GetValue(provider),
                    Model = context.Arguments.GetValue(model),
                    All = context.Arguments.GetValue(all),
                };
                var prices = (await new ListPrices(context.Store, context.Time).RunAsync(filter, cancellationToken)).OrFail().Items;
                context.Output.WriteList(prices.Select(one => PriceDocument.Of(one.Price)), Table(prices));
            }
        );
    }

    private static TextTable Table(IEnumerable<ListedPrice> prices)
    {
        var table = new TextTable("PROVIDER", "MODEL", "FROM", "STATE", "INPUT", "OUTPUT", "CACHED READ", "CACHED WRITE", "REASONING");
        foreach (var (price, state) in prices)
        {
            table.Add(
                price.Provider,
                price.Model,
                TextTable.Time(price.From, ""),
                state.ToString().ToLowerInvariant(),
                UsageText.Money(price.Input),
                UsageText.Money(price.Output),
                UsageText.Money(price.CachedRead),
                UsageText.Money(price.CachedWrite),
                UsageText.Money(price.Reasoning)
            );
        }

        return table;
    }
}
