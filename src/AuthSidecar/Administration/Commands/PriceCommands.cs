using System.CommandLine;
using AuthSidecar.Administration.Pricing;

namespace AuthSidecar.Administration.Commands;

/// <summary><c>prices …</c></summary>
internal static class PriceCommands
{
    public static Command Build(StoreCommands commands) => new("prices", "Say what tokens cost.") { Import(commands) };

    private static Command Import(StoreCommands commands)
    {
        var file = new Argument<string>("FILE") { Description = "JSON lines, one price each, in micro-USD per million tokens." };
        return commands.Runs(
            new("import", "Take prices from a file, all or none; the same provider, model and date is replaced.") { file },
            async (context, cancellationToken) =>
            {
                using var lines = LinesFile.Open(context.Words.GetRequiredValue(file));
                var result = (await new ImportPrices(context.Store, context.Time).RunAsync(lines, cancellationToken)).OrFail();
                foreach (var provider in result.Providers.Where(provider => !context.Settings.Providers.ContainsKey(provider)))
                {
                    context.Warn(
                        $"{provider} is none of Providers; its prices count for nothing until it is, except for what the Recorder is told"
                    );
                }

                context.Output.Write(new { result.Imported }, writer => writer.WriteLine($"Imported {result.Imported} prices."));
            }
        );
    }
}
