using System.Globalization;
using System.Text.Json;

namespace AuthSidecar.TestSupport.Corpus;

/// <summary>Judges the body of a refusal, in the format of the policy.</summary>
internal static class BodyJudge
{
    public static void Check(ExpectedAnswer expected, Answer answer, Vocabulary vocabulary, Findings findings)
    {
        if (expected.Text is { } text)
        {
            findings.Equal(text, answer.Body.Trim(), "body");
        }

        if (expected.Shape == "aibridge")
        {
            findings.Unless(answer.Body.Trim().Length > 0, "the body is empty");
            return;
        }

        findings.Unless(
            answer.Values("content-type") is [{ } type] && type.StartsWith("application/json", StringComparison.Ordinal),
            "the body is not marked as JSON"
        );
        JsonElement body;
        try
        {
            body = JsonDocument.Parse(answer.Body).RootElement;
        }
        catch (JsonException)
        {
            findings.Add($"the body is not JSON: {answer.Body}");
            return;
        }

        Shape(expected, answer, body, findings);
        foreach (var (path, value) in expected.Body ?? new Dictionary<string, string>())
        {
            findings.Equal(vocabulary.Resolve(value), At(body, path), $"body {path}");
        }
    }

    private static void Shape(ExpectedAnswer expected, Answer answer, JsonElement body, Findings findings)
    {
        switch (expected.Shape)
        {
            case "canonical":
                findings.Equal(expected.Reason, At(body, "error"), "body error");
                findings.Equal(expected.Status.ToString(CultureInfo.InvariantCulture), At(body, "status"), "body status");
                findings.Equal(answer.Text("x-authsidecar-decision-id"), At(body, "decision_id"), "body decision_id");
                findings.Unless(At(body, "message") is { Length: > 0 }, "body has no message");
                var mayWait = expected.Status is 429 or 503;
                findings.Unless(
                    mayWait == At(body, "retry_after_ms") is { Length: > 0 },
                    "body retry_after_ms is there exactly on 429 and 503"
                );
                break;
            case "openai":
                findings.Equal(answer.Text("x-authsidecar-decision-id"), answer.Text("x-request-id"), "x-request-id");
                findings.Equal(expected.Reason, At(body, "error.code"), "body error.code");
                findings.Unless(
                    At(body, "error.message") is { Length: > 0 } && At(body, "error.type") is { Length: > 0 },
                    "body error lacks a message or a type"
                );
                Retry(expected, answer, findings);
                break;
            case "anthropic":
                findings.Equal(answer.Text("x-authsidecar-decision-id"), answer.Text("request-id"), "request-id");
                findings.Equal(answer.Text("x-authsidecar-decision-id"), At(body, "request_id"), "body request_id");
                findings.Equal("error", At(body, "type"), "body type");
                findings.Unless(
                    At(body, "error.message")?.Contains(expected.Reason!, StringComparison.Ordinal) == true,
                    "body error.message does not hold the reason"
                );
                findings.Unless(At(body, "error.type") is { Length: > 0 }, "body error lacks a type");
                Retry(expected, answer, findings);
                break;
            case "gemini":
                findings.Equal(expected.Status.ToString(CultureInfo.InvariantCulture), At(body, "error.code"), "body error.code");
                findings.Unless(
                    At(body, "error.message") is { Length: > 0 } && At(body, "error.status") is { Length: > 0 },
                    "body error lacks a message or a status"
                );
                break;
            default:
                findings.Add($"unknown format {expected.Shape}");
                break;
        }
    }

    // The fields by which the providers' SDKs decide to stop or retry.
    private static void Retry(ExpectedAnswer expected, Answer answer, Findings findings)
    {
        // An SDK would wait inside the call.
        var mayWait =
            expected.Status is 429 or 503
            && int.TryParse(answer.Text("retry-after"), CultureInfo.InvariantCulture, out var wait)
            && wait <= 60;
        findings.Unless(!mayWait || answer.Values("retry-after-ms") is [{ Length: > 0 }], "retry-after-ms is missing");
        var should = answer.Text("x-should-retry");
        findings.Unless(should is null || should == (mayWait ? "true" : "false"), $"x-should-retry: {should}");
    }

    private static string? At(JsonElement body, string path)
    {
        foreach (var name in path.Split('.'))
        {
            if (body.ValueKind is not JsonValueKind.Object || !body.TryGetProperty(name, out body))
            {
                return null;
            }
        }

        return body.ToString();
    }
}
