using AuthSidecar.Administration.Web;

namespace AuthSidecar.Administration.Rest;

internal static class AuthRoutes
{
    public static void MapAuth(this IEndpointRouteBuilder endpoints)
    {
        endpoints
            .MapMethods("/auth/login", ["POST"], (HttpContext http, AuthEndpoints auth) => auth.LogInAsync(http))
            .AllowAnonymous()
            .WithMetadata(new NeedsNoCredential())
            .WithCsrf(CsrfRule.JsonLogin)
            .Describe("Log in", new() { Body = typeof(LoginRequest) }, 429)
            .Answers<LoginDocument>();
        endpoints
            .MapMethods("/auth/logout", ["POST"], (HttpContext http, AuthEndpoints auth) => auth.LogOutAsync(http))
            .AllowAnonymous()
            .WithMetadata(new NeedsNoCredential())
            .WithCsrf(CsrfRule.WithSession)
            .Describe("End the session of this browser")
            .Answers<DoneDocument>();
        var session = endpoints.MapGroup("/auth").RequireAuthorization(ConsolePolicies.AnySession);
        session
            .MapMethods("/me", RestRoutes.Reads, (HttpContext http, AuthEndpoints auth) => auth.Show(http))
            .Describe("Show the person of the session, and its token")
            .Answers<PersonDocument>();
        session
            .MapMethods("/reauthenticate", ["POST"], (HttpContext http, AuthEndpoints auth) => auth.ReauthenticateAsync(http))
            .Describe("Prove the password again", new() { Body = typeof(PasswordProof) }, 429)
            .Answers<DoneDocument>();
        session
            .MapMethods("/password", ["POST"], (HttpContext http, AuthEndpoints auth) => auth.SetPasswordAsync(http))
            .Describe("Set the own password and end the other sessions", new() { Body = typeof(NewPassword) }, 409, 429)
            .Answers<DoneDocument>();
    }
}
