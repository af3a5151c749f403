using System.Globalization;
using AuthSidecar.Decisions.Vocabulary;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace AuthSidecar.Administration.Shared;

/// <summary>Problem details (RFC 9457).</summary>
/// <param name="Type">Always <c>about:blank</c>: <paramref name="Error"/> names the kind of problem.</param>
/// <param name="Title">Phrase of the status.</param>
/// <param name="Status">HTTP status.</param>
/// <param name="Detail">Text for people.</param>
/// <param name="Error">Stable identifier for programs.</param>
/// <param name="Errors">Messages by the member or parameter that is wrong; null: no particular one.</param>
internal sealed record ProblemDocument(
    string Type,
    string Title,
    int Status,
    string Detail,
    string Error,
    [property: System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)]
        IReadOnlyDictionary<string, IReadOnlyList<string>>? Errors = null
);

/// <summary>Problem details of denials and refusals, with the reason or code in <c>error</c>.</summary>
internal static class Problem
{
    public const string ContentType = "application/problem+json";

    /// <summary>Also sets the headers of the denial; a challenge that is set already stays.</summary>
    public static IResult Of(Denial denial, HttpResponse response)
    {
        if (denial.Status == StatusCodes.Status401Unauthorized)
        {
            response.Headers.TryAdd(HeaderNames.WWWAuthenticate, "Bearer");
        }

        var retry = denial.RetryAfter ?? (denial.Status == StatusCodes.Status503ServiceUnavailable ? TimeSpan.FromSeconds(1) : null);
        if (retry is { } wait)
        {
            response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        return Of(denial.Status, denial.Reason, denial.Message);
    }

    public static IResult Of(Refusal refusal) => Of(StatusOf(refusal.Kind), refusal.Code, refusal.Message, refusal.Member);

    /// <param name="status">HTTP status.</param>
    /// <param name="error">Stable identifier.</param>
    /// <param name="detail">Text for people; never from an exception.</param>
    /// <param name="member">Name of the wrong member or parameter; null: no particular one.</param>
    public static IResult Of(int status, string error, string detail, string? member = null) =>
        Results.Json(
            new ProblemDocument(
                "about:blank",
                ReasonPhrases.GetReasonPhrase(status),
                status,
                detail,
                error,
                member is null ? null : new Dictionary<string, IReadOnlyList<string>> { [member] = [detail] }
            ),
            JsonFormat.Options,
            ContentType,
            status
        );

    public static int StatusOf(RefusalKind kind) =>
        kind switch
        {
            RefusalKind.Invalid => StatusCodes.Status400BadRequest,
            RefusalKind.Forbidden => StatusCodes.Status403Forbidden,
            RefusalKind.NotFound => StatusCodes.Status404NotFound,
            RefusalKind.Stale => StatusCodes.Status412PreconditionFailed,
            RefusalKind.Throttled => StatusCodes.Status429TooManyRequests,
            RefusalKind.Busy => StatusCodes.Status503ServiceUnavailable,
            _ => StatusCodes.Status409Conflict,
        };
}
