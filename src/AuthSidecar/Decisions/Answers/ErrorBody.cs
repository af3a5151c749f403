using System.Globalization;
using System.Text;
using System.Text.Json;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Decisions.Answers;

/// <summary>An error body in the policy's error shape.</summary>
internal sealed record ErrorBody(int Status, string ContentType, string Text)
{
    private const string Json = "application/json";
    private const int BadRequest = 400;
    private const int Forbidden = 403;

    public static ErrorBody For(ErrorShape shape, Denial denial, string decisionId) =>
        shape switch
        {
            ErrorShape.Openai => new(denial.Status, Json, OpenAi(denial)),
            ErrorShape.Anthropic => new(denial.Status, Json, Anthropic(denial, decisionId)),
            ErrorShape.Aibridge => Aibridge(denial, decisionId),
            ErrorShape.Gemini => new(denial.Status, Json, Gemini(denial, decisionId)),
            _ => Canonical(denial, decisionId),
        };

    /// <summary>The status that <see cref="For"/> would give, without the body.</summary>
    public static int StatusOf(ErrorShape shape, Denial denial) =>
        denial switch
        {
            _ when shape != ErrorShape.Aibridge => denial.Status,
            _ when denial.Is(Denials.MissingCredential) => BadRequest,
            _ when denial.Plain is null && IsUnauthorized(denial) => Forbidden,
            _ => denial.Status,
        };

    private static ErrorBody Canonical(Denial denial, string decisionId) =>
        new(
            denial.Status,
            Json,
            Write(json =>
            {
                json.WriteString("error", denial.Reason);
                json.WriteString("message", denial.Message);
                json.WriteNumber("status", denial.Status);
                json.WriteString("decision_id", decisionId);
                if (denial.RetryAfter is { } wait)
                {
                    json.WriteNumber("retry_after_ms", (long)Math.Ceiling(wait.TotalMilliseconds));
                }
            })
        );

    // https://platform.openai.com/docs/guides/error-codes
    private static string OpenAi(Denial denial) =>
        Write(json =>
        {
            json.WriteStartObject("error");
            json.WriteString("message", denial.Message);
            json.WriteString(
                "type",
                denial.Status switch
                {
                    400 or 404 or 405 => "invalid_request_error",
                    401 => "authentication_error",
                    403 => "permission_error",
                    429 => "rate_limit_error",
                    _ => "server_error",
                }
            );
            json.WriteNull("param");
            json.WriteString("code", denial.Reason);
            json.WriteEndObject();
        });

    // https://docs.anthropic.com/en/api/errors
    private static string Anthropic(Denial denial, string decisionId) =>
        Write(json =>
        {
            json.WriteString("type", "error");
            json.WriteStartObject("error");
            json.WriteString(
                "type",
                denial.Status switch
                {
                    400 or 405 => "invalid_request_error",
                    401 => "authentication_error",
                    403 => "permission_error",
                    404 => "not_found_error",
                    429 => "rate_limit_error",
                    _ => "api_error",
                }
            );
            json.WriteString("message", $"{denial.Reason}: {denial.Message}");
            json.WriteEndObject();
            json.WriteString("request_id", decisionId);
        });

    // https://google.aip.dev/193
    private static string Gemini(Denial denial, string decisionId) =>
        Write(json =>
        {
            json.WriteStartObject("error");
            json.WriteNumber("code", denial.Status);
            json.WriteString("message", denial.Message);
            json.WriteString(
                "status",
                denial.Status switch
                {
                    400 => "INVALID_ARGUMENT",
                    401 => "UNAUTHENTICATED",
                    403 => "PERMISSION_DENIED",
                    404 => "NOT_FOUND",
                    405 => "UNIMPLEMENTED",
                    426 => "FAILED_PRECONDITION",
                    429 => "RESOURCE_EXHAUSTED",
                    503 => "UNAVAILABLE",
                    _ => "UNKNOWN",
                }
            );
            json.WriteStartArray("details");
            json.WriteStartObject();
            json.WriteString("@type", "type.googleapis.com/google.rpc.ErrorInfo");
            json.WriteString("reason", denial.Reason);
            json.WriteString("domain", "authsidecar");
            json.WriteStartObject("metadata");
            json.WriteString("decision_id", decisionId);
            json.WriteEndObject();
            json.WriteEndObject();
            if (denial.RetryAfter is { } wait)
            {
                json.WriteStartObject();
                json.WriteString("@type", "type.googleapis.com/google.rpc.RetryInfo");
                json.WriteString(
                    "retryDelay",
                    $"{Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture)}s"
                );
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        });

    // Like coder's aibridged: 400 for a missing credential, the same 403 for every rejected one.
    private static ErrorBody Aibridge(Denial denial, string decisionId)
    {
        const string PlainText = "text/plain; charset=utf-8";
        if (denial.Is(Denials.MissingCredential))
        {
            return new(BadRequest, PlainText, "no authentication key provided");
        }

        if (denial.Plain is { } plain)
        {
            return new(denial.Status, PlainText, plain);
        }

        return IsUnauthorized(denial) ? new(Forbidden, PlainText, "unauthorized") : Canonical(denial, decisionId);
    }

    private static bool IsUnauthorized(Denial denial) =>
        denial.Status switch
        {
            401 => !denial.Is(Denials.GatewayKeyMismatch),
            Forbidden => !denial.Is(Denials.ByokNotAllowed)
                && !denial.Is(Denials.ByokRequired)
                && !denial.Is(Denials.CredentialDestinationMismatch),
            _ => false,
        };

    private static string Write(Action<Utf8JsonWriter> content)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            content(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }
}
