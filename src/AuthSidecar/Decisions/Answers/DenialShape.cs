using System.Globalization;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Vocabulary;
using Grpc.Core;

namespace AuthSidecar.Decisions.Answers;

/// <summary>The HTTP response of a denial.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Body">Text of the body; Envoy omits it for HEAD.</param>
/// <param name="Headers">Lower-case names.</param>
internal sealed record DenialShape(int Status, string Body, IReadOnlyList<KeyValuePair<string, string>> Headers)
{
    public const string ReasonHeader = "x-authsidecar-reason";
    private const string ShouldRetry = "x-should-retry";

    // The SDKs wait inside the call, for whatever time they are given.
    private static readonly TimeSpan _longestWait = TimeSpan.FromMinutes(1);

    public static DenialShape For(CheckContext context, Denial denial)
    {
        var shape = context.ChosenPolicy?.Options.Errors ?? ErrorShape.Canonical;
        var body = ErrorBody.For(shape, denial, context.DecisionId);
        var headers = new List<KeyValuePair<string, string>> { new("content-type", body.ContentType), new(ReasonHeader, denial.Reason) };
        if (body.Status == 401)
        {
            headers.Add(new("www-authenticate", "Bearer"));
        }

        if (RequestIdHeader(shape) is { } requestId)
        {
            headers.Add(new(requestId, context.DecisionId));
        }

        AddRetry(headers, shape, denial);
        if ((context.Kind & (RequestKind.Grpc | RequestKind.GrpcWeb)) != 0)
        {
            headers.Add(new("grpc-status", ((int)GrpcStatus(body.Status)).ToString(CultureInfo.InvariantCulture)));
        }

        // Envoy writes the message for gRPC, from the body, but not for gRPC-Web.
        if (context.Kind.HasFlag(RequestKind.GrpcWeb))
        {
            headers.Add(new("grpc-message", Uri.EscapeDataString(denial.Message)));
        }

        if (context.Kind.HasFlag(RequestKind.WebSocket))
        {
            headers.Add(new("x-ws-close-code", denial.CloseCode.ToString(CultureInfo.InvariantCulture)));
            headers.Add(new("x-ws-close-reason", denial.Reason));
        }

        headers.AddRange(denial.Headers);
        return new(body.Status, body.Text, headers);
    }

    /// <summary>The gRPC code of an HTTP status; never OK.</summary>
    public static StatusCode GrpcStatus(int status) =>
        status switch
        {
            400 => StatusCode.InvalidArgument,
            401 => StatusCode.Unauthenticated,
            403 => StatusCode.PermissionDenied,
            404 => StatusCode.NotFound,
            405 => StatusCode.Unimplemented,
            429 => StatusCode.ResourceExhausted,
            503 => StatusCode.Unavailable,
            _ => StatusCode.Unknown,
        };

    // The header from which the provider's SDKs take the request id of an error.
    private static string? RequestIdHeader(ErrorShape shape) =>
        shape switch
        {
            ErrorShape.Openai => "x-request-id",
            ErrorShape.Anthropic => "request-id",
            _ => null,
        };

    // The providers' SDKs read x-should-retry first, then retry-after-ms.
    private static void AddRetry(List<KeyValuePair<string, string>> headers, ErrorShape shape, Denial denial)
    {
        var isForSdk = shape is ErrorShape.Openai or ErrorShape.Anthropic;
        var isTooLong = denial.RetryAfter > _longestWait;
        if ((isForSdk || isTooLong) && !denial.Headers.Any(header => header.Key == ShouldRetry))
        {
            headers.Add(new(ShouldRetry, denial.RetryAfter is null || isTooLong ? "false" : "true"));
        }

        if (denial.RetryAfter is not { } wait)
        {
            return;
        }

        headers.Add(new("retry-after", Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture)));

        // A timer of JavaScript ends at once beyond 2^31 ms.
        if (isForSdk && !isTooLong)
        {
            headers.Add(new("retry-after-ms", ((long)Math.Ceiling(wait.TotalMilliseconds)).ToString(CultureInfo.InvariantCulture)));
        }
    }
}
