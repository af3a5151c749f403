using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Grpc.Core;
using KestrelGrpc.Wire;

namespace KestrelGrpc.Client;

/// <summary>The status that a response carries.</summary>
internal static class ResponseStatus
{
    /// <summary>The status of a response that ends with its headers, or that is no gRPC response; null when messages may follow.</summary>
    public static Status? OfHeaders(HttpResponseMessage response)
    {
        if (Parse(response.Headers) is { } trailersOnly)
        {
            return trailersOnly;
        }

        if (response.StatusCode != HttpStatusCode.OK)
        {
            return new Status(CodeOf(response.StatusCode), $"The server answered with HTTP status {(int)response.StatusCode}.");
        }

        return GrpcContentType.IsGrpc(Single(response.Content.Headers, "Content-Type"))
            ? null
            : new Status(StatusCode.Unknown, "The response's content type is not application/grpc.");
    }

    public static (Status Status, Metadata Trailers) OfTrailers(HttpResponseMessage response) =>
        (Parse(response.TrailingHeaders) ?? new Status(StatusCode.Unknown, "The response has no grpc-status."), ReadMetadata(response.TrailingHeaders));

    public static Metadata ReadMetadata(HttpResponseHeaders fields)
    {
        var metadata = new Metadata();
        foreach (var (name, values) in fields.NonValidated)
        {
            foreach (var value in values)
            {
                MetadataHeaders.Add(metadata, name, value);
            }
        }

        return metadata;
    }

    public static string? Single(HttpHeaders fields, string name) => fields.NonValidated.TryGetValues(name, out var values) ? values.ToString() : null;

    private static Status? Parse(HttpResponseHeaders fields)
    {
        if (Single(fields, "grpc-status") is not { } text)
        {
            return null;
        }

        var message = PercentEncoding.Decode(Single(fields, "grpc-message") ?? "");
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var code) && Enum.IsDefined((StatusCode)code)
            ? new Status((StatusCode)code, message)
            : new Status(StatusCode.Unknown, $"Unknown grpc-status \"{text}\". {message}");
    }

    /// <summary>For answers of proxies, which know no gRPC status.</summary>
    private static StatusCode CodeOf(HttpStatusCode status) => status switch
    {
        HttpStatusCode.BadRequest => StatusCode.Internal,
        HttpStatusCode.Unauthorized => StatusCode.Unauthenticated,
        HttpStatusCode.Forbidden => StatusCode.PermissionDenied,
        HttpStatusCode.NotFound => StatusCode.Unimplemented,
        HttpStatusCode.TooManyRequests => StatusCode.Unavailable,
        HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout => StatusCode.Unavailable,
        _ => StatusCode.Unknown,
    };
}
