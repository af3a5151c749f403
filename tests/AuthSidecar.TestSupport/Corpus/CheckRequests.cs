using System.Text;
using Envoy.Config.Core.V3;
using Envoy.Service.Auth.V3;
using Google.Protobuf;

namespace AuthSidecar.TestSupport.Corpus;

/// <summary>Builds the Check request that Envoy would send for a case, in either encoding of its headers.</summary>
internal static class CheckRequests
{
    public static CheckRequest Build(Case one, Vocabulary vocabulary, Transport transport)
    {
        var target = vocabulary.Resolve(one.Target);
        var http = new AttributeContext.Types.HttpRequest
        {
            Id = "1",
            Method = one.Method,
            Path = target,
            Host = Authority(one),
            Scheme = "http",
            Protocol = $"HTTP/{one.Request.Version ?? "1.1"}",
        };
        var lines = Lines(one, vocabulary, target).ToList();
        if (one.Request.Body is { } body)
        {
            http.RawBody = ByteString.CopyFrom(body, Encoding.Latin1);
            lines.Add(new("x-envoy-auth-partial-body", "false"));
        }

        if (transport is Transport.Headers)
        {
            foreach (var same in Joined(lines).GroupBy(line => line.Name.ToLowerInvariant()))
            {
                http.Headers[same.Key] = string.Join(',', same.Select(line => Bytes.AsEnvoyMapValue(line.Value)));
            }
        }
        else
        {
            http.HeaderMap = new HeaderMap();
            http.HeaderMap.Headers.AddRange(
                (transport is Transport.InProcess ? lines : Joined(lines)).Select(line =>
                    Entry(line, keepCase: transport is Transport.InProcess)
                )
            );
        }

        var attributes = new AttributeContext
        {
            Source = new()
            {
                Address = new()
                {
                    SocketAddress = new() { Address = "192.0.2.7", PortValue = 50123 },
                },
                Principal = one.Given.Principal,
            },
            Request = new() { Http = http },
        };
        attributes.ContextExtensions.Add(new Dictionary<string, string>(one.Extensions));
        return new() { Attributes = attributes };
    }

    public static string Authority(Case one) => one.Request.Authority ?? RouteHosts.Of(one);

    /// <summary>The client's header lines; one character is one byte.</summary>
    public static IEnumerable<HeaderLine> ClientLines(Case one, Vocabulary vocabulary) =>
        one.Headers.Select(header => new HeaderLine(vocabulary.Resolve(header[0]), vocabulary.Resolve(header[1])));

    private static IEnumerable<HeaderLine> Lines(Case one, Vocabulary vocabulary, string target)
    {
        HeaderLine[] pseudo = [new(":authority", Authority(one)), new(":path", target), new(":method", one.Method), new(":scheme", "http")];
        return [.. pseudo.Where(line => line.Value.Length > 0), .. ClientLines(one, vocabulary)];
    }

    // Envoy's header table joins these headers before any filter runs and drops empty values, so header_map has one entry too.
    private static List<HeaderLine> Joined(List<HeaderLine> lines) =>
        [
            .. lines
                .GroupBy(line => IsInline(line.Name) ? "authorization" : $"{line.Name}#{lines.IndexOf(line)}", StringComparer.Ordinal)
                .Select(same =>
                    same.First() with
                    {
                        Value = string.Join(',', same.Select(line => line.Value).Where(value => value.Length > 0 || same.Count() == 1)),
                    }
                ),
        ];

    private static bool IsInline(string name) => name.Equals("authorization", StringComparison.OrdinalIgnoreCase);

    private static HeaderValue Entry(HeaderLine line, bool keepCase)
    {
        var entry = new HeaderValue { Key = keepCase ? line.Name : line.Name.ToLowerInvariant() };
        if (line.Value.Length > 0)
        {
            entry.RawValue = ByteString.CopyFrom(line.Value, Encoding.Latin1);
        }

        return entry;
    }
}
