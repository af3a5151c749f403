using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AuthSidecar.Tests.Administration.Client;

/// <summary>An authorization server on the loopback whose answers a test dictates, in order; the last stays.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly WebApplication _web;

    private ScriptedServer(WebApplication web) => _web = web;

    public string Address => _web.Urls.Single();

    public string ContentType { get; set; } = "application/json";

    /// <summary>Answer to the metadata request; null: 404.</summary>
    public string? Metadata { get; set; }

    /// <summary>Status and body of the first request of a device.</summary>
    public (int Status, string Body) Started { get; set; } =
        (
            200,
            """
            {"device_code":"dc_secret","user_code":"BCDF-GHJK","verification_uri":"https://keys.example.com/device",
            "verification_uri_complete":"https://keys.example.com/device?user_code=BCDF-GHJK","expires_in":900,"interval":5}
            """
        );

    public Queue<(int Status, string Body)> Polls { get; } = [];

    public (int Status, string Body) Revoked { get; set; } = (200, "");

    /// <summary>Path and fields of each form.</summary>
    public ConcurrentQueue<(string Path, IReadOnlyDictionary<string, string> Fields)> Forms { get; } = [];

    public static async Task<ScriptedServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var web = builder.Build();
        var server = new ScriptedServer(web);
        web.Run(server.AnswerAsync);
        await web.StartAsync();
        return server;
    }

    public async ValueTask DisposeAsync() => await _web.DisposeAsync();

    private async Task AnswerAsync(HttpContext http)
    {
        if (http.Request.HasFormContentType)
        {
            var form = await http.Request.ReadFormAsync();
            Forms.Enqueue((http.Request.Path, form.ToDictionary(field => field.Key, field => field.Value.ToString())));
        }

        var (status, body) = http.Request.Path.Value switch
        {
            "/.well-known/oauth-authorization-server" => Metadata is { } metadata ? (200, metadata) : (404, ""),
            "/oauth/device/code" => Started,
            "/oauth/token" or "/elsewhere/token" => Polls.Count > 1 ? Polls.Dequeue() : Polls.Peek(),
            "/oauth/revoke" => Revoked,
            _ => (404, ""),
        };
        if (status == 0)
        {
            http.Abort();
            return;
        }

        http.Response.StatusCode = status;
        http.Response.ContentType = ContentType;
        if (status is 429)
        {
            http.Response.Headers.RetryAfter = "17";
        }

        await http.Response.WriteAsync(body);
    }
}
