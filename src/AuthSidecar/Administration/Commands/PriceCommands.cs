using System.CommandLine;
using AuthSidecar.Administration.Pricing;

namespace AuthSidecar.Administration.Commands;

/// <summary><c>prices …</c></summary>
internal static class PriceCommands
{
    public static Command Build(StoreCommands commands) => new("prices", "Import prices of tokens.") { Import(commands) };

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
}
