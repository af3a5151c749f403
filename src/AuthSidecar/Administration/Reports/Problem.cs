using AuthSidecar.Administration.Shared;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Administration.Reports;

/// <summary>Problem details (RFC 9457) of denials and refusals, with the reason or code in <c>error</c>.</summary>
internal static class Problem
{
    /// <summary>Also sets the headers of the denial.</summary>
    public static IResult Of(Denial denial, HttpResponse response)
    {
        if (denial.Status == StatusCodes.Status401Unauthorized)
        {
            response.Headers.WWWAuthenticate = "Bearer";
        }

        if (denial.RetryAfter is { } wait)
        {
            response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds))
                .ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        return Of(denial.Status, denial.Reason, denial.Message);
    }

    public static IResult Of(Refusal refusal) =>
        Of(
            refusal.Kind switch
            {
                RefusalKind.Invalid => StatusCodes.Status400BadRequest,
                RefusalKind.NotFound => StatusCodes.Status404NotFound,
                _ => StatusCodes.Status409Conflict,
            },
            refusal.Code,
            refusal.Message
        );

    private static IResult Of(int status, string error, string detail) =>
        Results.Problem(detail, statusCode: status, extensions: new Dictionary<string, object?> { ["error"] = error });
}
