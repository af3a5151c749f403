using System.Text;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Envoy.ExtAuthz;
using Envoy.Service.Auth.V3;
using Google.Protobuf;

namespace AuthSidecar.TestSupport.Fuzz;

/// <summary>Reads Envoy's message through the generated classes, as the reference for the product's own reader.</summary>
internal static class GeneratedReader
{
    /// <returns>The difference between the two readings, or null.</returns>
    public static string? Difference(byte[] message)
    {
        CheckRequest expected;
        try
        {
            expected = CheckRequest.Parser.ParseFrom(message);
        }
        catch (InvalidProtocolBufferException)
        {
            // The product may skip the broken field or read nothing; both end in a decision.
            return null;
        }

        var http = expected.Attributes?.Request?.Http;
        var source = expected.Attributes?.Source;
        string? policy = null;
        expected.Attributes?.ContextExtensions.TryGetValue("policy", out policy);
        var read = CheckRequestReader.Read(message);
        return Compare("method", http?.Method ?? "", read.Method)
            ?? Compare("host", http?.Host ?? "", read.Host)
            ?? Compare("target", http?.Path ?? "", read.Target)
            ?? Compare("peer", source?.Address?.SocketAddress?.Address ?? "", read.PeerAddress)
            ?? Compare("principal", source?.Principal ?? "", read.Principal)
            ?? Compare("policy", policy, read.PolicyName)
            ?? (http is null ? null : Headers(http, read.Headers));
    }

    private static string? Headers(AttributeContext.Types.HttpRequest http, RequestHeaders read)
    {
        var sent = http.HeaderMap is { Headers.Count: > 0 } raw
            ? raw.Headers.Select(header =>
                (Name: header.Key, Value: header.RawValue.Length > 0 ? Encoding.UTF8.GetString(header.RawValue.Span) : header.Value)
            )
            : http.Headers.Select(header => (Name: header.Key, header.Value));
        foreach (var name in sent.GroupBy(header => header.Name.ToLowerInvariant()))
        {
            var known = KnownHeaders.Find(name.Key);
            if (
                known != KnownHeader.None
                && name.Count() == 1
                && !read.IsRepeated(known)
                && Compare(name.Key, name.Single().Value, read[known]) is { } difference
            )
            {
                return difference;
            }
        }

        return null;
    }

    private static string? Compare(string what, string? expected, string? read) => expected == read ? null : what;
}
