using AuthSidecar.Configuration;
using AuthSidecar.Credentials;
using Grpc.Core;

namespace AuthSidecar.Companion;

/// <summary>Lets only holders of a service credential reach the companion listener; only health checks need none.</summary>
internal sealed class ServiceCredentialMiddleware(RequestDelegate next, SettingsMonitor settings)
{
    private const string HealthPath = "/grpc.health.v1.Health/";

    public Task InvokeAsync(HttpContext context)
    {
        if (context.Request.Path.StartsWithSegments(HealthPath.TrimEnd('/'), StringComparison.Ordinal) || IsTrusted(context.Request.Headers.Authorization))
        {
            return next(context);
        }

        var response = context.Response;
        response.ContentType = "application/grpc";
        response.Headers["grpc-status"] = ((int)StatusCode.Unauthenticated).ToString(System.Globalization.CultureInfo.InvariantCulture);
        response.Headers["grpc-message"] = "A service credential is required.";
        return Task.CompletedTask;
    }

    private bool IsTrusted(Microsoft.Extensions.Primitives.StringValues authorization) =>
        authorization.Count == 1 && BearerToken.Read(authorization[0]) is { } token && settings.Current.ServiceCredentials.Contains(token);
}
