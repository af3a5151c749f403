using System.Text;
using AuthSidecar.TestSupport.Corpus;
using Envoy.Config.Core.V3;
using Envoy.Service.Auth.V3;
using Google.Protobuf;

namespace AuthSidecar.Tests.Cases;

/// <summary>A request in placeholders of the corpus, to be varied.</summary>
internal sealed record RequestDraft(
    string Method,
    string Target,
    IReadOnlyList<HeaderLine> Headers,
    IReadOnlyDictionary<string, string> Extensions,
    string Principal,
    string? Body
)
{
    public bool IsAllowed { get; private init; }

    public static RequestDraft Of(Case one, Vocabulary vocabulary) =>
        new(
            one.Method,
            vocabulary.Resolve(one.Target),
            [.. CheckRequests.ClientLines(one, vocabulary)],
            one.Extensions,
            one.Given.Principal ?? "",
            one.Request.Body
        )
        {
            IsAllowed = one.Refusal is null,
        };

    public bool Has(string name) => Headers.Any(line => Is(line, name));

    public RequestDraft Without(params IReadOnlyCollection<string> names) =>
        this with
        {
            Headers = [.. Headers.Where(line => !names.Any(name => Is(line, name)))],
        };

    public RequestDraft With(string name, string value) => this with { Headers = [.. Headers, new(name, value)] };

    /// <summary>Replaces these headers by those of another request.</summary>
    public RequestDraft Take(RequestDraft other, IReadOnlyCollection<string> names) =>
        this with
        {
            Headers = [.. Without(names).Headers, .. other.Headers.Where(line => names.Any(name => Is(line, name)))],
        };

    public byte[] ToCheckRequest()
    {
        var http = new AttributeContext.Types.HttpRequest
        {
            Method = Method,
            Path = Target,
            Host = "cases.test",
            HeaderMap = new(),
        };
        foreach (var line in Headers)
        {
            http.HeaderMap.Headers.Add(new HeaderValue { Key = line.Name, RawValue = ByteString.CopyFrom(line.Value, Encoding.Latin1) });
        }

        if (Body is { } body)
        {
            http.RawBody = ByteString.CopyFrom(body, Encoding.Latin1);
            http.HeaderMap.Headers.Add(new HeaderValue { Key = "x-envoy-auth-partial-body", RawValue = ByteString.CopyFromUtf8("false") });
        }

        var attributes = new AttributeContext
        {
            Source = new()
            {
                Address = new()
                {
                    SocketAddress = new() { Address = "192.0.2.7", PortValue = 50123 },
                },
                Principal = Principal,
            },
            Request = new() { Http = http },
        };
        attributes.ContextExtensions.Add(new Dictionary<string, string>(Extensions));
        return new CheckRequest { Attributes = attributes }.ToByteArray();
    }

    private static bool Is(HeaderLine line, string name) => line.Name.Equals(name, StringComparison.OrdinalIgnoreCase);
}
