using Envoy.Config.Core.V3;
using Envoy.Service.Auth.V3;
using Google.Protobuf.WellKnownTypes;

namespace AuthSidecar.TestSupport.Corpus;

/// <summary>
/// Applies an answer as Envoy does: overwrites, then removals, then the new path; where a route's default is the closer, only the marker of
/// an Allow routes away from it. Anything that Envoy releases read differently is a finding.
/// </summary>
internal static class EnvoyApply
{
    public static Observation Run(Case one, Vocabulary vocabulary, Transport transport, CheckResponse response)
    {
        var metadata = (response.DynamicMetadata?.Fields ?? []).ToDictionary(field => field.Key, field => Text(field.Value));
        if ((response.Status?.Code ?? 0) != 0)
        {
            Assert.Equal(CheckResponse.HttpResponseOneofCase.DeniedResponse, response.HttpResponseCase);
            var denied = response.DeniedResponse;
            return new()
            {
                Transport = transport,
                Metadata = metadata,
                Client = new((int)denied.Status.Code, Overwrites(denied.Headers), denied.Body),
            };
        }

        Assert.True(
            response.Status is not null && response.HttpResponseCase is CheckResponse.HttpResponseOneofCase.OkResponse,
            "An Allow by default: nothing in the answer says so."
        );
        var ok = response.OkResponse;
        Assert.Empty(ok.QueryParametersToSet);
        Assert.Empty(ok.QueryParametersToRemove);
        var forwarded = Apply(one, vocabulary, Overwrites(ok.Headers), [.. ok.HeadersToRemove]);
        var headers = Overwrites(ok.ResponseHeadersToAdd);
        if (!RouteHosts.LeadToCloser(one.Extensions))
        {
            return new()
            {
                Transport = transport,
                Metadata = metadata,
                Client = new(200, headers, ""),
                Upstream = forwarded,
            };
        }

        // Envoy selects the route again only after a header change.
        Assert.True(ok.Headers.Count + ok.HeadersToRemove.Count > 0, "no header is changed");
        return metadata.GetValueOrDefault("ws") == "allow"
            ? new()
            {
                Transport = transport,
                Metadata = metadata,
                Client = new(200, headers, ""),
                Upstream = forwarded,
            }
            : new()
            {
                Transport = transport,
                Metadata = metadata,
                Client = new(101, headers, ""),
                Closer = forwarded,
                Closed = ReadSignal(forwarded.Text("x-authsidecar-ws-close")),
            };
    }

    // CODE.REASON.MAC; transports with a real closer verify the MAC.
    private static (int, string) ReadSignal(string? signal) =>
        signal?.Split('.') is [var code, var reason, { Length: 32 }]
            ? (int.Parse(code, System.Globalization.CultureInfo.InvariantCulture), reason)
            : (1008, "");

    private static Forwarded Apply(Case one, Vocabulary vocabulary, IReadOnlyList<HeaderLine> set, IReadOnlyList<string> remove)
    {
        var target = vocabulary.Resolve(one.Target);
        var lines = CheckRequests.ClientLines(one, vocabulary).ToList();
        foreach (var header in set)
        {
            Assert.False(remove.Contains(header.Name, StringComparer.OrdinalIgnoreCase), $"{header.Name} is both set and removed");
            if (header.Name == ":path")
            {
                target = header.Value;
                continue;
            }

            Assert.False(header.Name.StartsWith(':') || header.Name == "host", $"{header.Name} may not be set");
            lines.RemoveAll(line => line.Name.Equals(header.Name, StringComparison.OrdinalIgnoreCase));
            lines.Add(header);
        }

        foreach (var name in remove)
        {
            Assert.False(name.StartsWith(':') || name == "host", $"{name} cannot be removed");
            lines.RemoveAll(line => line.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        }

        return new(one.Method, target, lines);
    }

    private static List<HeaderLine> Overwrites(IEnumerable<HeaderValueOption> options)
    {
        var lines = new List<HeaderLine>();
        foreach (var option in options)
        {
            Assert.True(option.Append == false, $"{option.Header.Key}: append is not false");
            Assert.Equal(HeaderValueOption.Types.HeaderAppendAction.OverwriteIfExistsOrAdd, option.AppendAction);
            Assert.Equal(option.Header.Key.ToLowerInvariant(), option.Header.Key);
            Assert.True(option.Header.RawValue.IsEmpty, $"{option.Header.Key}: Envoy reads only value");
            Assert.True(option.Header.Value.Length > 0, $"{option.Header.Key}: an empty value");
            Assert.True(option.Header.Value.All(character => character is >= ' ' and <= '~'), $"{option.Header.Key}: not visible ASCII");
            Assert.False(lines.Exists(line => line.Name == option.Header.Key), $"{option.Header.Key} is set twice");
            lines.Add(new(option.Header.Key, option.Header.Value));
        }

        return lines;
    }

    private static string Text(Value value)
    {
        Assert.Equal(Value.KindOneofCase.StringValue, value.KindCase);
        return value.StringValue;
    }
}
