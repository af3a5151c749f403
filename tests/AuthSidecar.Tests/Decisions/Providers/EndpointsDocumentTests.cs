using System.Text;
using AuthSidecar.Decisions.Providers;
using AuthSidecar.TestSupport;

namespace AuthSidecar.Tests.Decisions.Providers;

/// <summary>docs/reference/endpoints.md lists exactly the endpoints of the code.</summary>
public sealed class EndpointsDocumentTests
{
    private static readonly Readme _document = new("docs", "reference", "endpoints.md");

    private static readonly (Dialect Dialect, string Heading)[] _sections =
    [
        (Dialect.Openai, "openai"),
        (Dialect.Anthropic, "anthropic"),
        (Dialect.Gemini, "gemini"),
        (Dialect.Copilot, "copilot"),
        (Dialect.AzureOpenai, "azure-openai"),
    ];

    [Fact]
    public void EveryDialect_HasASection() =>
        Assert.Equal(Enum.GetValues<Dialect>().Order(), _sections.Select(section => section.Dialect).Order());

    [Theory]
    [InlineData("openai")]
    [InlineData("anthropic")]
    [InlineData("gemini")]
    [InlineData("copilot")]
    [InlineData("azure-openai")]
    public void Endpoints_AreThoseOfTheCode(string heading)
    {
        var all = EndpointTables.All[_sections.Single(section => section.Heading == heading).Dialect];
        _document.Holds(heading, Table("| Passes | What | Model |\n|---|---|---|\n", all.Where(endpoint => endpoint.IsInference)));
        if (all.Any(endpoint => !endpoint.IsInference))
        {
            _document.Holds(
                heading,
                Table("| Does not pass | What | Model |\n|---|---|---|\n", all.Where(endpoint => !endpoint.IsInference))
            );
        }
    }

    private static string Table(string head, IEnumerable<ProviderEndpoint> endpoints) =>
        endpoints
            .Aggregate(new StringBuilder(head), (text, one) =>
                text.Append(
                    $"| `{Method(one)} {one.Template}` | {(one.CostsLater ? "costs later" : NameOf(one.Kind))} | {Where(one.Model)} |\n"
                )
            )
            .ToString();

    private static string Method(ProviderEndpoint endpoint) => endpoint.Method == ProviderEndpoint.WebSocket ? "WS" : endpoint.Method;

    private static string NameOf(EndpointKind kind) =>
        kind switch
        {
            EndpointKind.Generates => "generates",
            EndpointKind.ListsModels => "lists models",
            EndpointKind.CountsTokens => "counts tokens",
            EndpointKind.Moderates => "moderates",
            EndpointKind.ReadsResult => "reads a result",
            EndpointKind.Bookkeeping => "bookkeeping",
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };

    private static string Where(ModelLocation place) => place == ModelLocation.None ? "" : $"{place}".ToLowerInvariant();
}
