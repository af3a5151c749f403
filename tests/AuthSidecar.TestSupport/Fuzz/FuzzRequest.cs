using System.Text;
using AuthSidecar.TestSupport.Corpus;
using Envoy.Config.Core.V3;
using Envoy.Service.Auth.V3;
using Google.Protobuf;

namespace AuthSidecar.TestSupport.Fuzz;

/// <summary>A request as a client sends it; one character of a value is one byte.</summary>
internal sealed record FuzzRequest(
    string Method,
    string Target,
    string? Policy,
    string Principal,
    IReadOnlyList<(string Name, string Value)> Headers
)
{
    /// <summary>True when the headers map cannot express a byte, so that the encodings differ.</summary>
    public bool IsAscii => Target.All(char.IsAscii) && Headers.All(header => header.Value.All(char.IsAscii));

    public bool IsByok =>
        Headers.Any(header =>
            header.Name.EndsWith("-token", StringComparison.OrdinalIgnoreCase) && !string.IsNullOrWhiteSpace(header.Value)
        );

    public CheckRequest ToCheckRequest(bool joined)
    {
        var http = new AttributeContext.Types.HttpRequest
        {
            Method = Method,
            Path = Target,
            Host = "fuzz.test",
            Scheme = "http",
            Protocol = "HTTP/1.1",
        };
        if (joined)
        {
            foreach (var same in Headers.GroupBy(header => header.Name.ToLowerInvariant()))
            {
                http.Headers[same.Key] = string.Join(',', same.Select(header => Bytes.AsEnvoyMapValue(header.Value)));
            }
        }
        else
        {
            http.HeaderMap = new HeaderMap();
            http.HeaderMap.Headers.AddRange(
                Headers.Select(header => new HeaderValue
                {
                    Key = header.Name,
                    RawValue = ByteString.CopyFrom(header.Value, Encoding.Latin1),
                })
            );
        }

        var request = new CheckRequest
        {
            Attributes = new()
            {
                Request = new() { Http = http },
                Source = new() { Principal = Principal },
            },
        };
        if (Policy is not null)
        {
            request.Attributes.ContextExtensions["policy"] = Policy;
        }

        return request;
    }

    public override string ToString() =>
        $"{Method} {Target} [{Policy ?? "no policy"}, {Principal}] "
        + $"{string.Join(" | ", Headers.Select(header => $"{header.Name}: {header.Value}"))}";
}
