using Microsoft.Net.Http.Headers;

namespace AuthSidecar.Administration.Rest;

/// <summary>Reads <c>Accept</c>.</summary>
internal static class MediaTypes
{
    /// <summary>Quality of a media type (RFC 9110, 12.5.1): the most specific range that matches decides; 0: not accepted.</summary>
    /// <param name="accept">The ranges; none: everything is accepted.</param>
    /// <param name="type">E.g. <c>text</c>.</param>
    /// <param name="subtype">E.g. <c>csv</c>.</param>
    public static double Quality(IList<MediaTypeHeaderValue> accept, string type, string subtype) =>
        accept
            .Where(range =>
                range.MatchesAllTypes
                || (
                    range.Type.Equals(type, StringComparison.OrdinalIgnoreCase)
                    && (range.MatchesAllSubTypes || range.SubType.Equals(subtype, StringComparison.OrdinalIgnoreCase))
                )
            )
            .OrderBy(range =>
                range.MatchesAllTypes ? 2
                : range.MatchesAllSubTypes ? 1
                : 0
            )
            .Select(range => range.Quality ?? 1)
            .FirstOrDefault();
}
