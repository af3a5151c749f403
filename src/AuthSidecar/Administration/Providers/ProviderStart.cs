using AuthSidecar.Administration.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace AuthSidecar.Administration.Providers;

/// <summary>Leads a browser to a provider.</summary>
internal sealed partial class ProviderStart(TimeProvider time, ILogger<ProviderStart> logger)
{
    private const int MostCookies = 16;

    /// <summary>Answers 303 to the provider, or 503 with a page if it is unavailable.</summary>
    /// <param name="http">A request that is protected against forgery.</param>
    /// <param name="provider">The provider.</param>
    /// <param name="kind">The reason.</param>
    /// <param name="path">Path to return to, as sent by the browser; null: the first page.</param>
    public async Task RunAsync(HttpContext http, LoginProvider provider, ErrandKind kind, string? path)
    {
        var errand = new Errand(kind, ReturnPath.Of(path), http.FindCaller()?.SessionId, time.GetUtcNow());
        if (!await LeadAsync(http, provider, errand))
        {
            SignInFailures.Unreachable(http, provider);
        }
    }

    /// <summary>Answers 303 to the provider of people without an account, for a decision on a device.</summary>
    /// <param name="http">The request.</param>
    /// <param name="provider">The provider.</param>
    /// <param name="userCode">Code of the device in normal form; it travels encrypted in <c>state</c>.</param>
    /// <returns>False: the provider is unavailable; there is no answer yet.</returns>
    public Task<bool> ForDeviceAsync(HttpContext http, LoginProvider provider, string userCode) =>
        LeadAsync(http, provider, new(ErrandKind.ApproveDevice, "", null, time.GetUtcNow(), userCode));

    private async Task<bool> LeadAsync(HttpContext http, LoginProvider provider, Errand errand)
    {
        if (await provider.Discovery.FindAsync(http.RequestAborted) is null)
        {
            return false;
        }

        Prune(http);
        try
        {
            await http.ChallengeAsync(provider.Scheme, errand.ToProperties());
        }
        catch (Exception fault) when (IsOutage(fault) && !http.RequestAborted.IsCancellationRequested)
        {
            LogUnavailable(fault, provider.Name);
            return false;
        }

        // Never 302 or 307, after which a browser could send the form to the provider (RFC 9700 4.12).
        http.Response.StatusCode = StatusCodes.Status303SeeOther;
        return true;
    }

    // Each start adds two cookies, and a page of another site can start many: proxies refuse requests with too many.
    private static void Prune(HttpContext http)
    {
        var old = http.Request.Cookies.Keys.Where(ProviderScheme.IsCookie).ToList();
        if (old.Count >= MostCookies)
        {
            old.ForEach(name => http.Response.Cookies.Delete(name, DeviceCookies.Options(null)));
        }
    }

    // A pushed authorization request (RFC 9126) goes to the provider first.
    private static bool IsOutage(Exception fault) =>
        fault is HttpRequestException or OpenIdConnectProtocolException or OperationCanceledException or InvalidOperationException;

    [LoggerMessage(Level = LogLevel.Warning, Message = "Identity provider {Provider} refused or did not answer the start of a sign-in.")]
    private partial void LogUnavailable(Exception exception, string provider);
}
