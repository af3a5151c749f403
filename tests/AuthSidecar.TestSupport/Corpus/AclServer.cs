using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AuthSidecar.TestSupport.Corpus;

/// <summary>
/// A permission service on the loopback that answers by the app's id. For an app that no case should ask about it denies access.
/// </summary>
internal sealed class AclServer : IAsyncDisposable
{
    private readonly WebApplication _web;

    private AclServer(WebApplication web) => _web = web;

    public string Address => $"{_web.Urls.Single()}/allowed";

    /// <summary>The posted bodies, in order.</summary>
    public ConcurrentQueue<string> Questions { get; } = [];

    public static async Task<AclServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var web = builder.Build();
        var server = new AclServer(web);
        web.MapPost("/allowed", server.AnswerAsync);
        web.MapPost("/elsewhere", () => Results.Json(new { allowed = true }));
        await web.StartAsync();
        return server;
    }

    public async ValueTask DisposeAsync() => await _web.DisposeAsync();

    private async Task AnswerAsync(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body);
        var query = await reader.ReadToEndAsync();
        Questions.Enqueue(query);
        var app = JsonDocument.Parse(query).RootElement.GetProperty("app").GetString();
        if (app == "acl-slow")
        {
            await Task.Delay(Timeout.Infinite, http.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            return;
        }

        var (status, body) = app switch
        {
            "acl-allow" or "internal" or "unsaid" => (200, """{"allowed":true}"""),
            "acl-mark" => (200, "\ufeff{\"allowed\":true}"),
            "acl-error" => (500, """{"allowed":true}"""),
            "acl-created" => (201, """{"allowed":true}"""),
            "acl-redirect" => (307, """{"allowed":true}"""),
            "acl-text" => (200, """{"allowed":"true"}"""),
            "acl-null" => (200, """{"allowed":null}"""),
            "acl-list" => (200, "[true]"),
            "acl-bare" => (200, "true"),
            "acl-twice" => (200, """{"allowed":false,"allowed":true}"""),
            "acl-case" => (200, """{"Allowed":true}"""),
            "acl-empty" => (200, ""),
            "acl-large" => (200, $$"""{"allowed":true,"why":"{{new string('x', 100_000)}}"}"""),
            _ => (200, """{"allowed":false}"""),
        };
        http.Response.StatusCode = status;
        http.Response.Headers.Location = "/elsewhere";
        await http.Response.WriteAsync(body);
    }
}
