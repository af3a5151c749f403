using AuthSidecar.Access.Credentials;
using AuthSidecar.Platform.Configuration;
using Microsoft.Extensions.Primitives;

namespace AuthSidecar.Access.Companion;

/// <summary>Requires a service credential on the companion listener, health checks excepted.</summary>
internal sealed class ServiceCredentialMiddleware(RequestDelegate next, LiveOptions<ServiceCredentials> credentials)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (ListenerCredential.IsExempt(context.Request) || IsTrusted(context.Request.Headers.Authorization))
        {
            return next(context);
        }

        ListenerCredential.Reject(context.Response, "A service credential is required.");
        return Task.CompletedTask;
    }

    private bool IsTrusted(StringValues authorization) =>
        authorization.Count == 1 && BearerToken.Read(authorization[0]) is { } token && credentials.Current.Contains(token);
}
