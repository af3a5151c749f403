using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AuthSidecar.TestSupport.Corpus;

/// <summary>
/// An identity provider on the loopback. Each path is the base of a separate issuer, with discovery, keys and revocation answers; every
/// answer can be replaced by an invalid one.
/// </summary>
internal sealed class LoopbackIssuer : IAsyncDisposable
{
    private static readonly IssuerKey[] _firstKeys = [IssuerKey.NewRsa("rsa-1"), IssuerKey.NewEllipticCurve("ec-1")];
    private static readonly Lazy<Task<LoopbackIssuer>> _shared = new(StartAsync);
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, int> _calls = new();

    private LoopbackIssuer()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.Run(AnswerAsync);
    }

    /// <summary>Shared by all harnesses of this process; never stopped.</summary>
    public static Task<LoopbackIssuer> SharedAsync() => _shared.Value;

    public string Address { get; private set; } = "";

    /// <summary>The keys that every issuer here publishes.</summary>
    public IReadOnlyList<IssuerKey> Keys { get; set; } = _firstKeys;

    /// <summary>Replacement answers, by path.</summary>
    public ConcurrentDictionary<string, RequestDelegate> Answers { get; } = new();

    /// <summary>Tokens of revocation requests.</summary>
    public ConcurrentQueue<string> AskedAbout { get; } = new();

    /// <summary>Answers a revocation request.</summary>
    public Func<string, JsonObject> Revocation { get; set; } = _ => new() { ["active"] = true };

    public static async Task<LoopbackIssuer> StartAsync()
    {
        var issuer = new LoopbackIssuer();
        await issuer._app.StartAsync();
        issuer.Address = issuer._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return issuer;
    }

    /// <summary>Number of requests for a path.</summary>
    public int Calls(string path) => _calls.GetValueOrDefault(path);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    public static RequestDelegate Status(int status) =>
        context =>
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        };

    public static RequestDelegate Text(string text) => context => context.Response.WriteAsync(text, context.RequestAborted);

    public JsonObject KeySet() => new() { ["keys"] = new JsonArray([.. Keys.Select(key => key.Public())]) };

    private async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        _calls.AddOrUpdate(path, 1, (_, calls) => calls + 1);
        if (Answers.TryGetValue(path, out var answer))
        {
            await answer(context);
        }
        else if (path.EndsWith("/.well-known/openid-configuration", StringComparison.Ordinal))
        {
            var issuer = Address + path[..^"/.well-known/openid-configuration".Length];
            await context.Response.WriteAsJsonAsync(
                new JsonObject { ["issuer"] = issuer, ["jwks_uri"] = $"{issuer}/jwks" },
                context.RequestAborted
            );
        }
        else if (path.EndsWith("/jwks", StringComparison.Ordinal))
        {
            await context.Response.WriteAsJsonAsync(KeySet(), context.RequestAborted);
        }
        else if (path.EndsWith("/revocation", StringComparison.Ordinal) && HttpMethods.IsPost(context.Request.Method))
        {
            var token = (await context.Request.ReadFormAsync(context.RequestAborted))["token"].Single()!;
            AskedAbout.Enqueue(token);
            await context.Response.WriteAsJsonAsync(Revocation(token), context.RequestAborted);
        }
        else
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
        }
    }
}
