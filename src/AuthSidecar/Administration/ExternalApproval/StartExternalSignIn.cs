using AuthSidecar.Administration.Devices;
using AuthSidecar.Administration.Providers;
using AuthSidecar.Administration.Shared;

namespace AuthSidecar.Administration.ExternalApproval;

/// <summary>
/// Leads a browser to a provider for one pending code. A link of another site may start it too: the answer then stands for the code of that
/// link, and the page of the decision shows that code and its device before anything is approved.
/// </summary>
internal sealed class StartExternalSignIn(FindPendingGrant pending, ProviderStart start)
{
    private static readonly TimeSpan _retry = TimeSpan.FromSeconds(5);

    /// <param name="http">Its answer is 303 to the provider.</param>
    /// <param name="provider">One of people without an account.</param>
    /// <param name="userCode">As typed.</param>
    /// <returns>
    /// Null: answered. Else <c>invalid_user_code</c>, <c>expired_or_unknown</c>, <c>user_code_not_pending</c> or
    /// <c>provider_unavailable</c>, without an answer.
    /// </returns>
    public async Task<Refusal?> RunAsync(HttpContext http, LoginProvider provider, string userCode)
    {
        if (UserCode.Read(userCode) is not { } code)
        {
            return new(RefusalKind.Invalid, "invalid_user_code", "No code has this form.");
        }

        if ((await pending.RunAsync(code, http.RequestAborted)).Refusal is { } refusal)
        {
            return refusal;
        }

        ApprovalGrants.Forget(http);
        return await start.ForDeviceAsync(http, provider, code)
            ? null
            : new(RefusalKind.Busy, SignInFailures.Unavailable, $"{provider.Title} does not answer right now.") { RetryAfter = _retry };
    }
}
