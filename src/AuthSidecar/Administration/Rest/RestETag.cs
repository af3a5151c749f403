using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using AuthSidecar.Administration.Shared;
using Microsoft.Net.Http.Headers;

namespace AuthSidecar.Administration.Rest;

/// <summary>Strong entity tags (RFC 9110, 8.8.3): the hash of a representation.</summary>
internal static class RestETag
{
    private const int Bytes = 16;

    public static string Of<T>(T document)
    {
        var hash = SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(document, document!.GetType(), JsonFormat.Options));
        return $"\"{Base64Url.EncodeToString(hash.AsSpan(0, Bytes))}\"";
    }

    /// <summary>True when the client has this representation: <c>If-None-Match</c>.</summary>
    public static bool IsKnown(HttpRequest request, string tag) =>
        request.GetTypedHeaders().IfNoneMatch is { Count: > 0 } known
        && known.Any(one => one.Equals(EntityTagHeaderValue.Any) || one.Tag.Equals(tag, StringComparison.Ordinal));

    /// <summary>Comparison of <c>If-Match</c> with a representation, for use cases; null: the header is missing.</summary>
    /// <exception cref="RestException">The header is malformed.</exception>
    public static Func<object, bool>? Expected(HttpRequest request)
    {
        if (request.Headers.IfMatch.Count == 0)
        {
            return null;
        }

        if (!EntityTagHeaderValue.TryParseStrictList([.. request.Headers.IfMatch.OfType<string>()], out var tags))
        {
            throw RestException.Invalid("If-Match must be a list of entity tags in quotes, or *.", "If-Match");
        }

        return document =>
        {
            var current = Of(document);
            return tags.Any(tag =>
                tag.Equals(EntityTagHeaderValue.Any) || (!tag.IsWeak && tag.Tag.Equals(current, StringComparison.Ordinal))
            );
        };
    }
}
