using System.Text;
using AuthSidecar.Administration.Pricing;

namespace AuthSidecar.Administration.Rest.Admin;

/// <summary><c>/api/admin/prices</c></summary>
internal static class AdminPrices
{
    private static readonly RestParameter[] _list =
    [
        RestParameter.Search,
        new("provider", "Only of this provider."),
        new("model", "A stored glob, or a model that a stored glob matches."),
        new("all", "`true`: also former and future prices.") { Words = ["true", "false"] },
        RestParameter.Limit,
        RestParameter.Cursor,
    ];

    public static void MapPrices(this IEndpointRouteBuilder admin)
    {
        admin
            .MapMethods("/prices", RestRoutes.Reads, ListAsync)
            .Describe("List prices", new() { Query = _list })
            .Answers<ListDocument<AdminPriceDocument>>();
        admin
            .MapMethods("/prices", ["POST"], SetAsync)
            .Describe("Add a price, or replace that of the same provider, model and date", new() { Body = typeof(PriceBody) }, 409)
            .Answers<ImportedPrices>();
        admin
            .MapMethods("/prices/import", ["POST"], ImportAsync)
            .Describe("Import prices in JSON lines, all or none", null, 409, 413)
            .Accepts<PriceBody>("application/jsonl", "application/x-ndjson", "application/json")
            .Answers<ImportedPrices>();
    }

    private static async Task<RestAnswer> ListAsync(HttpContext http, ListPrices prices)
    {
        var query = new RestQuery(http.Request);
        var filter = new PriceFilter
        {
            Query = query.Text("q"),
            Provider = query.Text("provider"),
            Model = query.Text("model"),
            All = query.Text("all") switch
            {
                null or "false" => false,
                "true" => true,
                _ => throw RestException.Invalid("all must be true or false.", "all"),
            },
            Take = query.Limit(),
            After = query.Cursor(),
        };
        return RestAnswer.List((await prices.RunAsync(filter, http.RequestAborted)).OrRefuse(), AdminPriceDocument.Of);
    }

    private static async Task<RestAnswer> SetAsync(HttpContext http, ImportPrices prices)
    {
        _ = await http.ReadBodyAsync<PriceBody>();

        // As one line of an import, which has no line breaks: within strings JSON has none, and between tokens they are blanks.
        var line = Encoding.UTF8.GetString(await http.ReadBytesAsync()).ReplaceLineEndings(" ");
        return RestAnswer.Of((await prices.RunAsync(new StringReader(line), http.RequestAborted)).OrRefuse());
    }

    private static async Task<RestAnswer> ImportAsync(HttpContext http, ImportPrices prices)
    {
        using var lines = new StreamReader(
            new MemoryStream(await http.ReadBytesAsync()),
            new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true)
        );
        return RestAnswer.Of((await prices.RunAsync(lines, http.RequestAborted)).OrRefuse());
    }
}

/// <summary>A price: millionths of the currency per million tokens; null: nothing is known of that kind of token.</summary>
/// <param name="Provider">Name in <c>Providers</c>.</param>
/// <param name="Model">A glob.</param>
/// <param name="From">First day, such as <c>2026-01-31</c>, or instant.</param>
internal sealed record PriceBody(
    string Provider,
    string Model,
    string From,
    long? Input = null,
    long? Output = null,
    long? CachedRead = null,
    long? CachedWrite = null,
    long? Reasoning = null
);

/// <summary>A price, as of <see cref="PriceBody"/>.</summary>
internal sealed record AdminPriceDocument(
    string Provider,
    string Model,
    DateTimeOffset From,
    PriceState State,
    long? Input,
    long? Output,
    long? CachedRead,
    long? CachedWrite,
    long? Reasoning
)
{
    public static AdminPriceDocument Of(ListedPrice listed) =>
        new(
            listed.Price.Provider,
            listed.Price.Model,
            listed.Price.From,
            listed.State,
            listed.Price.Input,
            listed.Price.Output,
            listed.Price.CachedRead,
            listed.Price.CachedWrite,
            listed.Price.Reasoning
        );
}
