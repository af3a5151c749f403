using AuthSidecar.Administration.Accounts;
using AuthSidecar.Administration.Devices;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Providers;
using AuthSidecar.Administration.Shared;

namespace AuthSidecar.Administration.ExternalApproval;

/// <summary>Receives a browser back from a provider of people without an account, and gives it the proof for its decision.</summary>
internal sealed partial class CompleteExternalSignIn(
    LoginProviders providers,
    FindPendingGrant pending,
    CheckApprover check,
    ApprovalGrants grants,
    ILogger<CompleteExternalSignIn> logger
)
{
    private const string Verified = "/device?sso_verified=1";
    private const string Failed = "/device?sso_error=sso_failed";
    private const string EmailOfAccount = "email_belongs_to_account";

    /// <summary>Answers 303 to a page of the device flow, always; without the reason of a failure, which is logged.</summary>
    /// <param name="http">The request.</param>
    /// <param name="name">Name of the provider; null: none.</param>
    public async Task RunAsync(HttpContext http, string? name)
    {
        string target;
        try
        {
            target = providers.FindEndUser(name) is { } provider ? await ReceiveAsync(http, provider) : Refuse("none", "unknown_provider");
        }
        catch (Exception fault) when (!http.RequestAborted.IsCancellationRequested)
        {
            LogFailed(fault, name ?? "none");
            target = Failed;
        }

        http.Response.StatusCode = StatusCodes.Status303SeeOther;
        http.Response.Headers.Location = target;
    }

    private async Task<string> ReceiveAsync(HttpContext http, LoginProvider provider)
    {
        if (await ProviderCallback.ReceiveAsync(http, provider) is not { } answer)
        {
            var refusal = http.Features.Get<ProviderRefusal>() ?? new(SignInFailures.Failed, null);
            return Refuse(provider.Name, refusal.Word, refusal.Fault);
        }

        // The state of another purpose or provider is not even readable here; the code says on which device this person may decide.
        if (answer.Errand is not { Kind: ErrandKind.ApproveDevice, UserCode: { } code })
        {
            return Refuse(provider.Name, "other_purpose");
        }

        var person = new ExternalIdentity(answer.Claims.Issuer, answer.Claims.Subject);
        if (person.Issuer != provider.Issuer || !person.IsValid || !LinkIdentity.IsValid(person.Issuer, person.Subject))
        {
            return Refuse(provider.Name, "unusable_subject");
        }

        // An address that the provider does not confirm is none: neither shown nor compared.
        var email = answer.Claims.VerifiedEmail is { } verified && Rules.Email(verified) is null ? verified : null;
        var by = new Approver { External = person, Email = email };
        var refused = (await pending.RunAsync(code, http.RequestAborted)).Refusal ?? await check.RunAsync(by, http.RequestAborted);
        if (refused is not null)
        {
            return Refuse(provider.Name, refused.Code);
        }

        grants.Give(http, person, email, code);
        return Verified;
    }

    private string Refuse(string provider, string reason, Exception? fault = null)
    {
        LogRefused(fault, provider, reason);
        return reason == EmailOfAccount ? $"/device?sso_error={EmailOfAccount}" : Failed;
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Sign-in by identity provider {Provider} to approve a device refused: {Reason}; no proof given."
    )]
    private partial void LogRefused(Exception? exception, string provider, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Sign-in by identity provider {Provider} to approve a device failed; no proof given.")]
    private partial void LogFailed(Exception exception, string provider);
}
