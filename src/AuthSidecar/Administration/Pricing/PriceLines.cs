using System.Text.Json;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Pricing;

/// <summary>Parses a price file. Every invalid line is reported with its number.</summary>
internal static class PriceLines
{
    public static Task<(List<Price> Prices, List<string> Errors)> ReadAsync(TextReader file, CancellationToken cancellationToken) =>
        JsonLines.ReadAsync(
            file,
            (line, _) => Read(line),
            price => (price.Provider, price.Model, price.From),
            "provider, model and date",
            cancellationToken
        );

    private static (Price? Price, IReadOnlyList<string> Errors) Read(JsonElement line)
    {
        var reader = new PriceLine(line);
        var price = new Price
        {
            Provider = reader.Text("provider"),
            Model = reader.Text("model"),
            From = reader.Date("from"),
            Input = reader.Micros("input"),
            Output = reader.Micros("output"),
            CachedRead = reader.Micros("cachedRead"),
            CachedWrite = reader.Micros("cachedWrite"),
            Reasoning = reader.Micros("reasoning"),
        };
        return (price, reader.Errors);
    }
}
