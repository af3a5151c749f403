using System.Text;
using System.Text.Json;
using AuthSidecar.Storage;

namespace AuthSidecar.Pricing;

/// <summary>From the lines of a price file to prices. Every bad line is told, with its number.</summary>
internal static class PriceLines
{
    public static async Task<(List<Price> Prices, List<string> Complaints)> ReadAsync(TextReader file, CancellationToken cancellationToken)
    {
        var prices = new List<Price>();
        var complaints = new List<string>();
        var seen = new Dictionary<(string, string, DateTimeOffset), int>();
        for (var number = 1; await ReadLineAsync(file, complaints, number, cancellationToken) is { } line; number++)
        {
            if (line.AsSpan().Trim().IsEmpty)
            {
                continue;
            }

            if (Read(line, out var problems) is not { } price)
            {
                complaints.Add($"line {number}: {string.Join("; ", problems)}");
            }
            else if (!seen.TryAdd((price.Provider, price.Model, price.From), number))
            {
                complaints.Add($"line {number}: the same provider, model and date as in line {seen[(price.Provider, price.Model, price.From)]}");
            }
            else
            {
                prices.Add(price);
            }
        }

        return (prices, complaints);
    }

    private static async Task<string?> ReadLineAsync(TextReader file, List<string> complaints, int number, CancellationToken cancellationToken)
    {
        try
        {
            return await file.ReadLineAsync(cancellationToken);
        }
        catch (DecoderFallbackException)
        {
            complaints.Add($"line {number} or one of the next: is not UTF-8");
            return null;
        }
    }

    private static Price? Read(string line, out IReadOnlyList<string> problems)
    {
        try
        {
            using var document = JsonDocument.Parse(line, new() { AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                problems = ["is not a JSON object"];
                return null;
            }

            var reader = new PriceLine(document.RootElement);
            var price = new Price
            {
                Provider = reader.Word("provider"),
                Model = reader.Word("model"),
                From = reader.Date("from"),
                Input = reader.Micros("input"),
                Output = reader.Micros("output"),
                CachedRead = reader.Micros("cachedRead"),
                CachedWrite = reader.Micros("cachedWrite"),
                Reasoning = reader.Micros("reasoning"),
            };
            problems = reader.Complaints;
            return problems.Count == 0 ? price : null;
        }
        catch (JsonException)
        {
            problems = ["is not JSON, or names something twice"];
            return null;
        }
    }
}
