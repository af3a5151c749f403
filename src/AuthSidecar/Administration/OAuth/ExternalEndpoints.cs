using AuthSidecar.Access.Identities;
using AuthSidecar.Administration.Devices;
using AuthSidecar.Administration.ExternalApproval;
using AuthSidecar.Administration.Providers;
using AuthSidecar.Administration.Web;
using AuthSidecar.Decisions.Text;

namespace AuthSidecar.Administration.OAuth;

/// <summary>Facts of a request for the person who decides without an account.</summary>
/// <param name="SubjectEmail">Verified address; null: none.</param>
/// <param name="UserCode">With a hyphen.</param>
/// <param name="CsrfToken">To be sent as <c>X-CSRF-Token</c>.</param>
/// <param name="ExpiresAt">End of the proof.</param>
/// <param name="Scopes">Rights of the token.</param>
internal sealed record ApprovalContextDocument(
    string? SubjectEmail,
    string SubjectIssuer,
    string UserCode,
    string CsrfToken,
    DateTimeOffset ExpiresAt,
    string ClientId,
    string ClientTitle,
    string DeviceLabel,
    string? RequesterAddress,
    string? RequesterAgent,
    IReadOnlyList<string> Scopes
);

/// <summary>The device flow of people without an account: sign-in at a provider, facts, decision.</summary>
internal sealed class ExternalEndpoints(
    LoginProviders providers,
    StartExternalSignIn start,
    CompleteExternalSignIn complete,
    ApprovalGrants grants,
    FindPendingGrant pending,
    DecideExternally decide,
    DeviceThrottle throttle
)
{
    private const string CodeName = "user_code";
    private const string ProviderName = "provider";

    public async Task<IResult> InitiateAsync(HttpContext http)
    {
        if (providers.EndUsers.Count == 0)
        {
            throw Unknown("No provider signs in people without an account.");
        }

        DeviceEndpoints.Refuse(await throttle.CountSignInAsync(DeviceEndpoints.AddressOf(http)));
        var code = Single(http, CodeName) ?? throw OAuthException.Invalid($"The parameter {CodeName} is missing.");
        if (await start.RunAsync(http, ProviderOf(Single(http, ProviderName)), code) is { } refusal)
        {
            throw OAuthException.Of(refusal);
        }

        return Results.Empty;
    }

    public async Task<IResult> CompleteAsync(HttpContext http, string? provider)
    {
        await complete.RunAsync(http, provider);
        return Results.Empty;
    }

    public async Task<IResult> ShowAsync(HttpContext http)
    {
        var grant = grants.Find(http) ?? throw Unproved("no_session");
        var device = DeviceEndpoints.OrRefuse(await pending.RunAsync(grant.UserCode, http.RequestAborted));
        return new OAuthAnswer(
            new ApprovalContextDocument(
                grant.Email,
                grant.Issuer,
                UserCode.Shown(grant.UserCode),
                grant.CsrfToken,
                grant.ExpiresAt,
                device.ClientId,
                device.ClientTitle,
                device.DeviceLabel,
                device.Address,
                device.Agent,
                SpaceSeparated.Split(IdentityFactory.ExternalScopes)
            )
        );
    }

    public Task<IResult> ApproveAsync(HttpContext http) => DecideAsync(http, isApproved: true);

    public Task<IResult> DenyAsync(HttpContext http) => DecideAsync(http, isApproved: false);

    // The order of the refusals is part of the interface; each of them leaves the cookie.
    private async Task<IResult> DecideAsync(HttpContext http, bool isApproved)
    {
        var grant = grants.Find(http) ?? throw Unproved("invalid_session");
        DeviceEndpoints.Refuse(await throttle.CountDecisionAsync(grant.Identity));
        if (!grant.IsTokenOf(http.Request.Headers[CsrfProtection.Header]))
        {
            throw new OAuthException(
                StatusCodes.Status403Forbidden,
                "csrf_mismatch",
                $"{CsrfProtection.Header} is not that of the sign-in."
            );
        }

        var code = (await OAuthParameters.ReadAsync(http)).Required(CodeName);
        var outcome = await decide.RunAsync(grant, code, isApproved, http.ClientAddress(), http.RequestAborted);
        if (outcome.Refusal is { Code: "session_already_consumed" } used)
        {
            throw new OAuthException(StatusCodes.Status401Unauthorized, used.Code, used.Message);
        }

        _ = DeviceEndpoints.OrRefuse(outcome);
        ApprovalGrants.Forget(http);
        return new OAuthAnswer(new StatusDocument(isApproved ? "approved" : "denied"));
    }

    private LoginProvider ProviderOf(string? name) =>
        name is null && providers.EndUsers is [var only] ? only
        : name is null ? throw OAuthException.Invalid($"The parameter {ProviderName} must name one of several providers.")
        : providers.FindEndUser(name) ?? throw Unknown("No provider of people without an account has this name.");

    /// <returns>Null: missing or empty.</returns>
    private static string? Single(HttpContext http, string name) =>
        http.Request.Query[name] switch
        {
            { Count: 0 } => null,
            { Count: 1 } values => values[0] is { Length: > 0 } value ? value : null,
            _ => throw OAuthException.Invalid($"The parameter {name} must stand once."),
        };

    private static OAuthException Unknown(string description) => new(StatusCodes.Status404NotFound, "not_found", description);

    private static OAuthException Unproved(string error) =>
        new(StatusCodes.Status401Unauthorized, error, "The sign-in at the provider is missing or has expired; begin it again.");
}
