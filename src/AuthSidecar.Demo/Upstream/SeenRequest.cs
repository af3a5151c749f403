using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;

namespace AuthSidecar.Demo.Upstream;

/// <summary>A request as the upstream received it.</summary>
/// <param name="Target">Path and query, not decoded.</param>
/// <param name="Headers">Lower-case names.</param>
internal sealed record SeenRequest(string Method, string Target, IReadOnlyDictionary<string, string> Headers)
{
    public static SeenRequest Of(HttpRequest request) =>
        new(
            request.Method,
            request.HttpContext.Features.Get<IHttpRequestFeature>()?.RawTarget ?? request.Path,
            new SortedDictionary<string, string>(
                request.Headers.ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value.ToString()),
                StringComparer.Ordinal
            )
        );

    public byte[] ToJson() =>
        JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                method = Method,
                target = Target,
                headers = Headers,
            }
        );
}
