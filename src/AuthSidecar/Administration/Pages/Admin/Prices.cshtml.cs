using System.Globalization;
using AuthSidecar.Administration.Pricing;
using AuthSidecar.Administration.Shared;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;

namespace AuthSidecar.Administration.Pages.Admin;

/// <summary>Prices of tokens, and the form that imports them.</summary>
internal sealed class PricesModel(ListPrices list, ImportPrices import) : AdminListPage<ListedPrice>
{
    public const string Example =
        """{"provider": "openai", "model": "gpt-5.1*", "from": "2026-01-01", "input": 1250000, "output": 10000000, "cachedRead": 125000}""";

    private const decimal MicrosPerUnit = 1_000_000m;

    [BindProperty(SupportsGet = true, Name = "model")]
    public string? ModelName { get; set; }

    [BindProperty(SupportsGet = true, Name = "provider")]
    public string? Provider { get; set; }

    [BindProperty(SupportsGet = true, Name = "all")]
    public string? All { get; set; }

    [BindProperty]
    public string? Lines { get; set; }

    public override string Path => "/ui/admin/prices";

    public static IReadOnlyList<SelectListItem> Shown { get; } = [new("Current prices", ""), new("Former and future ones too", "true")];

    protected override IReadOnlyList<(string Name, string? Value)> Filter => [("model", ModelName), ("provider", Provider), ("all", All)];

    /// <summary>A price with the decimals that it needs, at least two.</summary>
    public static string Money(long? micros) =>
        micros is { } known ? $"$ {(known / MicrosPerUnit).ToString("#,##0.00####", CultureInfo.InvariantCulture)}" : Formats.None;

    public async Task<IActionResult> OnPostAsync()
    {
        if (IsGiven(Lines, nameof(Lines), "Paste at least one line."))
        {
            using var reader = new StringReader(Lines);
            var outcome = await import.RunAsync(reader, Aborted);
            if (outcome.Refusal is not { } refusal)
            {
                return Done(Path, $"{Formats.Count(outcome.Value.Imported, "price")} imported.");
            }

            Refuse(refusal, nameof(Lines));
        }

        return await AgainAsync();
    }

    protected override Task<Outcome<Page<ListedPrice>>> ReadAsync() =>
        list.RunAsync(
            new()
            {
                Model = Any(ModelName),
                Provider = Any(Provider),
                All = All == "true",
                Take = PerPage,
                After = After,
            },
            Aborted
        );
}
