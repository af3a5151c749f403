using System.Collections.Concurrent;
using AuthSidecar.Administration.Rest;
using AuthSidecar.TestSupport.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Tests.Administration.Rest;

public sealed class IdempotencyTests : IAsyncLifetime
{
    private readonly ConcurrentQueue<string> _made = new();
    private TaskCompletionSource _gate = new();
    private bool _fails;
    private bool _outage;
    private RestHost _host = null!;

    internal sealed record Input(string Name);

    internal sealed record Made(string Name, string? Token) : IOneTimeSecret
    {
        public object WithoutSecret() => this with { Token = null };
    }

    public async Task InitializeAsync()
    {
        _gate.SetResult();
        _host = await RestHost.StartAsync(routes =>
            routes
                .MapMethods("/api/things", ["POST"], (Delegate)MakeAsync)
                .Describe("Make", new() { Body = typeof(Input), IsIdempotent = true })
        );
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Repetition_GetsTheAnswerWithoutItsSecret()
    {
        var first = await SendAsync("a", "k1");
        var second = await SendAsync("a", "k1");

        Assert.Equal((201, "secret"), (first.Status, (string?)first.Json["token"]));
        Assert.Equal((201, """{"name":"a","token":null}"""), (second.Status, second.Text));
        Assert.Equal(("true", "/api/things/a"), (second.Headers["Idempotency-Replayed"], second.Headers["Location"]));
        Assert.False(first.Headers.ContainsKey("Idempotency-Replayed"));
        Assert.Equal(["a"], _made);
        await using var context = _host.Store.Open();
        Assert.DoesNotContain("secret", context.IdempotencyKeys.Single().Body!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task KeyBelongsToOneCallerAndOneRequest_For24Hours()
    {
        await SendAsync("a", "k1");
        Assert.Equal("422 idempotency_mismatch", (await SendAsync("b", "k1")).Problem());
        Assert.Equal(201, (await SendAsync("b", "k1", caller: "eve")).Status);
        Assert.Equal(201, (await SendAsync("c", "k2")).Status);
        Assert.Equal(["a", "b", "c"], _made);

        _host.Time.Advance(TimeSpan.FromHours(24));
        await SendAsync("a", "k1");
        Assert.Equal(3, _made.Count);
        _host.Time.Advance(TimeSpan.FromSeconds(1));
        await SendAsync("a", "k1");
        Assert.Equal(["a", "b", "c", "a"], _made);
    }

    [Fact]
    public async Task OfConcurrentRequests_OneRuns()
    {
        _gate = new();
        var first = SendAsync("a", "k1");
        await TestSupport.Eventually.TrueAsync(() => Task.FromResult(!_made.IsEmpty), "runs");
        Assert.Equal("409 idempotency_in_progress", (await SendAsync("a", "k1")).Problem());
        _gate.SetResult();
        Assert.Equal(201, (await first).Status);
        Assert.Equal(["a"], _made);
    }

    [Fact]
    public async Task FailedRequest_CanBeRetried()
    {
        _fails = true;
        Assert.Equal("400 invalid_argument", (await SendAsync("a", "k1")).Problem());
        _fails = false;
        Assert.Equal(201, (await SendAsync("a", "k1")).Status);
        Assert.Equal(["a", "a"], _made);
    }

    /// <summary>The change is made: its answer arrives, and no repetition makes a second one.</summary>
    [Fact]
    public async Task AnswerThatCannotBeStored_KeepsItsSlot()
    {
        _outage = true;
        var first = await SendAsync("a", "k1");
        Assert.Equal((201, "secret"), (first.Status, (string?)first.Json["token"]));
        await RenameAsync("Away", "IdempotencyKeys");

        Assert.Equal("409 idempotency_in_progress", (await SendAsync("a", "k1")).Problem());
        Assert.Equal(["a"], _made);
    }

    /// <summary>A body may hold a password.</summary>
    [Fact]
    public async Task RequestHash_NeedsThePeppers()
    {
        await SendAsync("a", "k1");
        await using var context = _host.Store.Open();
        var plain = System.Security.Cryptography.SHA256.HashData("POST /api/things\n{\"name\":\"a\"}"u8);
        Assert.NotEqual(plain, context.IdempotencyKeys.Single().RequestHash);
    }

    [Theory]
    [InlineData("with blank")]
    public async Task WrongKey_IsRefused(string key) =>
        Assert.Equal("400 invalid_argument Idempotency-Key", (await SendAsync("a", key)).Problem());

    private async Task RenameAsync(string from, string to)
    {
        await using var context = _host.Store.Open();
        var sql = $"ALTER TABLE \"{from}\" RENAME TO \"{to}\"";
        await context.Database.ExecuteSqlRawAsync(sql);
    }

    private Task<RestReply> SendAsync(string name, string key, string caller = "ada") =>
        _host.SendAsync("POST", "/api/things", $$"""{"name":"{{name}}"}""", ("Idempotency-Key", key), ("Caller", caller));

    private async Task<RestAnswer> MakeAsync(HttpContext http)
    {
        var input = await http.ReadBodyAsync<Input>();
        _made.Enqueue(input.Name);
        await _gate.Task;
        if (_outage)
        {
            await RenameAsync("IdempotencyKeys", "Away");
        }

        return _fails
            ? throw RestException.Invalid("Fails.")
            : RestAnswer.Created(new Made(input.Name, "secret"), $"/api/things/{input.Name}");
    }
}
