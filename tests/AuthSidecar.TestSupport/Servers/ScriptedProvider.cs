using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Web;
using AuthSidecar.TestSupport.Corpus;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Extensions.Logging;

namespace AuthSidecar.TestSupport.Servers;

/// <summary>
/// An OpenID provider for faults that a real one does not make: its tokens, its answers and its absence are those of the test.
/// </summary>
internal sealed class ScriptedProvider : IAsyncDisposable
{
    public const string ClientId = "authsidecar";
    public const string ClientSecret = "the-secret-at-the-provider";

    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, (string Nonce, string Challenge, string Redirect)> _codes = new();
    private int _number;

    private ScriptedProvider()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.Run(AnswerAsync);
    }

    public IssuerKey Key { get; set; } = IssuerKey.NewRsa("provider-1");

    public string Issuer { get; private set; } = "";

    /// <summary>False: every request is answered with 503.</summary>
    public bool IsUp { get; set; } = true;

    /// <summary>Precedes each answer, for one that takes its time.</summary>
    public Func<string, Task> Before { get; set; } = _ => Task.CompletedTask;

    /// <summary>Changes the claims of the next ID tokens.</summary>
    public Action<JsonObject> Claims { get; set; } = _ => { };

    /// <summary>Changes the header of the next ID tokens.</summary>
    public Action<JsonObject> Header { get; set; } = _ => { };

    /// <summary>Changes the discovery document.</summary>
    public Action<JsonObject> Document { get; set; } = _ => { };

    /// <summary>Answer of the UserInfo endpoint, beside the subject.</summary>
    public JsonObject UserInfo { get; set; } = [];

    /// <summary>The person who signs in.</summary>
    public string Subject { get; set; } = "subject-1";

    /// <summary>Time of the person's login at the provider; null: not said.</summary>
    public DateTimeOffset? AuthenticatedAt { get; set; } = TimeProvider.System.GetUtcNow();

    /// <summary>Requests for a token.</summary>
    public ConcurrentQueue<string> Redeemed { get; } = new();

    /// <summary>Clients that ended the provider's session.</summary>
    public ConcurrentQueue<string> LoggedOut { get; } = new();

    public static async Task<ScriptedProvider> StartAsync()
    {
        var provider = new ScriptedProvider();
        await provider._app.StartAsync();
        provider.Issuer = provider._app.Services.Addresses()[0].GetLeftPart(UriPartial.Authority);
        return provider;
    }

    /// <summary>An entry of <c>Login</c> for this provider.</summary>
    public JsonObject Settings(string name, Action<JsonObject>? change = null)
    {
        var login = new JsonObject
        {
            ["Name"] = name,
            ["Title"] = $"Provider {name}",
            [nameof(Issuer)] = Issuer,
            [nameof(ClientId)] = ClientId,
            [nameof(ClientSecret)] = ClientSecret,
        };
        change?.Invoke(login);
        return login;
    }

    /// <summary>Signs the person in, as the authorization endpoint does.</summary>
    /// <param name="address">The authorization request.</param>
    /// <param name="withIssuer">Whether the answer names the issuer (RFC 9207).</param>
    /// <returns>Path and query of the redirect to the sidecar.</returns>
    public string SignIn(string address, bool withIssuer = true)
    {
        var query = HttpUtility.ParseQueryString(new Uri(address).Query);
        var code = $"code-{Interlocked.Increment(ref _number)}";
        _codes[code] = (query["nonce"]!, query["code_challenge"]!, query["redirect_uri"]!);
        var path = $"{new Uri(query["redirect_uri"]!).AbsolutePath}?code={code}&state={Uri.EscapeDataString(query["state"]!)}";
        return withIssuer ? $"{path}&iss={Uri.EscapeDataString(Issuer)}" : path;
    }

    /// <summary>A logout token.</summary>
    public string LogoutToken(Action<JsonObject>? change = null)
    {
        var now = TimeProvider.System.GetUtcNow();
        var claims = new JsonObject
        {
            ["iss"] = Issuer,
            ["aud"] = ClientId,
            ["iat"] = now.ToUnixTimeSeconds(),
            ["exp"] = now.AddMinutes(2).ToUnixTimeSeconds(),
            ["jti"] = Guid.NewGuid().ToString(),
            ["sub"] = Subject,
            ["events"] = new JsonObject { ["http://schemas.openid.net/event/backchannel-logout"] = new JsonObject() },
        };
        change?.Invoke(claims);
        return Key.Sign(claims, header => header["typ"] = "logout+jwt");
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext http)
    {
        await Before(http.Request.Path.Value!).WaitAsync(http.RequestAborted);
        if (!IsUp)
        {
            http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return;
        }

        await (
            http.Request.Path.Value switch
            {
                "/.well-known/openid-configuration" => http.Response.WriteAsJsonAsync(Discovery(), http.RequestAborted),
                "/jwks" => http.Response.WriteAsJsonAsync(new JsonObject { ["keys"] = new JsonArray(Key.Public()) }, http.RequestAborted),
                "/userinfo" => http.Response.WriteAsJsonAsync(WithSubject(), http.RequestAborted),
                "/token" => TokenAsync(http),
                "/auth" => LeadBack(http),
                "/logout" => LogOut(http),
                _ => NotFound(http),
            }
        );
    }

    // The person is signed in already, so that a real browser sees no page.
    private Task LeadBack(HttpContext http)
    {
        var target = new Uri(http.Request.Query["redirect_uri"].ToString());
        http.Response.StatusCode = StatusCodes.Status303SeeOther;
        http.Response.Headers.Location = target.GetLeftPart(UriPartial.Authority) + SignIn(http.Request.GetEncodedUrl());
        return Task.CompletedTask;
    }

    private Task LogOut(HttpContext http)
    {
        LoggedOut.Enqueue(http.Request.Query["client_id"].ToString());
        http.Response.StatusCode = StatusCodes.Status303SeeOther;
        http.Response.Headers.Location = http.Request.Query["post_logout_redirect_uri"].ToString();
        return Task.CompletedTask;
    }

    private static Task NotFound(HttpContext http)
    {
        http.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private JsonObject Discovery()
    {
        var document = new JsonObject
        {
            ["issuer"] = Issuer,
            ["authorization_endpoint"] = $"{Issuer}/auth",
            ["token_endpoint"] = $"{Issuer}/token",
            ["userinfo_endpoint"] = $"{Issuer}/userinfo",
            ["end_session_endpoint"] = $"{Issuer}/logout",
            ["jwks_uri"] = $"{Issuer}/jwks",
            ["authorization_response_iss_parameter_supported"] = true,
        };
        Document(document);
        return document;
    }

    private JsonObject WithSubject()
    {
        var answer = (JsonObject)UserInfo.DeepClone();
        answer.TryAdd("sub", Subject);
        return answer;
    }

    private async Task TokenAsync(HttpContext http)
    {
        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        Redeemed.Enqueue(form["code"].ToString());
        var verifier = IssuerKey.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(form["code_verifier"].ToString())));
        if (
            !_codes.TryRemove(form["code"].ToString(), out var code)
            || code.Challenge != verifier
            || code.Redirect != form["redirect_uri"]
            || form["client_id"] != ClientId
            || form["client_secret"] != ClientSecret
        )
        {
            http.Response.StatusCode = StatusCodes.Status400BadRequest;
            await http.Response.WriteAsJsonAsync(new { error = "invalid_grant" }, http.RequestAborted);
            return;
        }

        var now = TimeProvider.System.GetUtcNow();
        var claims = new JsonObject
        {
            ["iss"] = Issuer,
            ["sub"] = Subject,
            ["aud"] = ClientId,
            ["iat"] = now.ToUnixTimeSeconds(),
            ["exp"] = now.AddMinutes(5).ToUnixTimeSeconds(),
            ["nonce"] = code.Nonce,
            ["sid"] = $"provider-session-of-{Subject}",
        };
        if (AuthenticatedAt is { } at)
        {
            claims["auth_time"] = at.ToUnixTimeSeconds();
        }

        Claims(claims);
        await http.Response.WriteAsJsonAsync(
            new JsonObject
            {
                ["access_token"] = "access",
                ["token_type"] = "Bearer",
                ["expires_in"] = 300,
                ["id_token"] = Key.Sign(claims, Header),
            },
            http.RequestAborted
        );
    }
}
