using System.Text.Json;

namespace AuthSidecar.TestSupport;

/// <summary>The usage that a fixture contains; null: none.</summary>
internal sealed record FixtureFacts(
    string? Model,
    long? Input,
    long? Output,
    long? CachedRead,
    long? CachedWrite,
    long? Reasoning,
    string? ErrorType,
    bool Failed
);

/// <summary>One response of a provider, byte for byte: a file of <c>tests/Fixtures</c> and its entry in the index there.</summary>
/// <param name="File">Below <c>tests/Fixtures</c>.</param>
/// <param name="Api"><c>openai-chat</c>, <c>openai-responses</c>, <c>anthropic</c> or <c>gemini</c>.</param>
/// <param name="About">The special feature of the response.</param>
/// <param name="Stream">Sent in pieces.</param>
/// <param name="Status">HTTP status.</param>
/// <param name="ContentType">The Content-Type header.</param>
/// <param name="Expected">The usage that it contains.</param>
internal sealed record Fixture(string File, string Api, string About, bool Stream, int Status, string ContentType, FixtureFacts Expected)
{
    private static readonly Lazy<IReadOnlyList<Fixture>> _all = new(Load);

    public static IReadOnlyList<Fixture> All => _all.Value;

    public byte[] Body => System.IO.File.ReadAllBytes(Repository.File("tests", "Fixtures", File));

    public static Fixture Named(string file) => All.Single(fixture => fixture.File == file);

    private static List<Fixture> Load()
    {
        using var index = JsonDocument.Parse(Repository.Text("tests", "Fixtures", "index.json"));
        return index.RootElement.GetProperty("fixtures").Deserialize<List<Fixture>>(JsonSerializerOptions.Web)!;
    }
}
