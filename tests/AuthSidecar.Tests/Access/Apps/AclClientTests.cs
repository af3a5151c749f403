using AuthSidecar.Access.Apps;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Invalidation;
using AuthSidecar.TestSupport;
using Microsoft.Extensions.Logging;

namespace AuthSidecar.Tests.Access.Apps;

/// <summary>Requests to the permission service, and the use of its responses.</summary>
public class AclClientTests
{
    [Fact]
    public async Task HangingService_GetsFewConcurrentQueries()
    {
        using var silent = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start(1024);
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        using var client = new AclClient(
            new(new() { AclUri = $"http://{silent.LocalEndpoint}/acl" }),
            time,
            Microsoft.Extensions.Logging.Abstractions.NullLogger<AclClient>.Instance
        );
        var pending = Enumerable
            .Range(0, 300)
            .Select(number => client.IsAllowedAsync(new("u", "account", null, $"k{number}", "app", "acme")))
            .ToList();

        Assert.Equal(300 - 256, pending.Count(one => one.IsFaulted));
        time.Advance(TimeSpan.FromSeconds(1));

        foreach (var one in pending)
        {
            await Assert.ThrowsAsync<NoVerdictException>(() => one);
        }
    }

    [Fact]
    public async Task Account_IsQueried()
    {
        await using var fixture = await AppFixture.StartAsync();

        await fixture.AskAsync("acl-allow", fixture.AliceKey with { Tenant = "acme" }, "acl");

        Assert.Equal(
            $$"""{"subject":"{{fixture.Alice.Id}}","subject_type":"account","user_id":"{{fixture.Alice.Id}}","key_id":"key0000000id","app":"acl-allow","tenant":"acme"}""",
            Assert.Single(fixture.Acl.Questions)
        );
    }

    /// <summary>The request in the guide has the members of the real one.</summary>
    [Fact]
    public async Task Query_IsTheOneOfTheGuide()
    {
        await using var fixture = await AppFixture.StartAsync();
        await fixture.AskAsync("acl-allow", fixture.AliceKey with { Tenant = "acme" }, "acl");

        var shown = new Readme("docs", "guides", "apps-and-tenants.md").Blocks()["acl"].Trim().Split('\n');

        Assert.Equal(["POST /allowed", "Content-Type: application/json", ""], shown[..^1]);
        Assert.Equal(Members(Assert.Single(fixture.Acl.Questions)), Members(shown[^1]));
    }

    [Fact]
    public async Task Service_IsQueriedWithoutItsCreator()
    {
        await using var fixture = await AppFixture.StartAsync();

        await fixture.AskAsync("acl-allow", AppFixture.Identity(SubjectType.Service, fixture.Alice.Id, "acme"), "acl");

        Assert.Equal(
            """{"subject":"key0000000id","subject_type":"service","user_id":null,"key_id":"key0000000id","app":"acl-allow","tenant":"acme"}""",
            Assert.Single(fixture.Acl.Questions)
        );
    }

    [Fact]
    public async Task IssuersAccount_IsQueriedByItsExternalName()
    {
        await using var fixture = await AppFixture.StartAsync();

        await fixture.AskAsync(
            "acl-allow",
            AppFixture.Identity(SubjectType.Account, tenant: "acme", external: "https://id.example.com|ann \"é\"", key: ""),
            "acl"
        );

        using var question = System.Text.Json.JsonDocument.Parse(Assert.Single(fixture.Acl.Questions));
        Assert.Equal("https://id.example.com|ann \"é\"", question.RootElement.GetProperty("subject").GetString());
        Assert.Equal("", question.RootElement.GetProperty("key_id").GetString());
    }

    [Fact]
    public async Task ConcurrentQueries_AreCoalesced()
    {
        await using var fixture = await AppFixture.StartAsync();

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 64).Select(_ => Task.Run(() => fixture.AskAsync("acl-allow", fixture.AliceKey, "acl")))
        );

        Assert.All(answers, answer => Assert.Equal("allow", answer));
        Assert.Single(fixture.Acl.Questions);
    }

    [Fact]
    public async Task PositiveAnswer_IsPerKey()
    {
        await using var fixture = await AppFixture.StartAsync();

        await fixture.AskAsync("acl-allow", fixture.AliceKey, "acl");
        await fixture.AskAsync("acl-allow", AppFixture.Identity(SubjectType.Account, fixture.Alice.Id, key: "another00key"), "acl");

        Assert.Equal(2, fixture.Acl.Questions.Count);
    }

    [Fact]
    public async Task Outage_IsNotCached_AndIsLoggedOnce()
    {
        await using var fixture = await AppFixture.StartAsync();

        Assert.Equal("acl_unavailable", await fixture.AskAsync("acl-error", fixture.AliceKey, "acl"));
        Assert.Equal("acl_unavailable", await fixture.AskAsync("acl-error", fixture.AliceKey, "acl"));
        Assert.Equal("allow", await fixture.AskAsync("acl-allow", fixture.AliceKey, "acl"));

        Assert.Equal(3, fixture.Acl.Questions.Count);
        Assert.Equal([LogLevel.Error, LogLevel.Information], fixture.AclLog.Entries.Select(entry => entry.Level));
    }

    [Fact]
    public async Task ServiceOutage_PositiveAnswersLastForTheirTimeToLive()
    {
        await using var fixture = await AppFixture.StartAsync();
        Assert.Equal("allow", await fixture.AskAsync("acl-allow", fixture.AliceKey, "acl"));
        await fixture.Acl.DisposeAsync();

        await fixture.AdvanceAsync(TimeSpan.FromSeconds(60) - TimeSpan.FromTicks(1));
        Assert.Equal("allow", await fixture.AskAsync("acl-allow", fixture.AliceKey, "acl"));
        await fixture.AdvanceAsync(TimeSpan.FromTicks(1));

        Assert.Equal("acl_unavailable", await fixture.AskAsync("acl-allow", fixture.AliceKey, "acl"));
    }

    [Fact]
    public async Task NoAnswerInTime_IsUnavailable()
    {
        await using var fixture = await AppFixture.StartAsync();
        await fixture.AddAppAsync("acl-slow", "private");

        var pending = fixture.AskAsync("acl-slow", fixture.AliceKey, "acl");
        while (fixture.Acl.Questions.IsEmpty)
        {
            await Task.Delay(5);
        }

        Assert.False(pending.IsCompleted);
        fixture.Keys.Time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal("acl_unavailable", await pending.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    private static IEnumerable<string> Members(string json) =>
        System.Text.Json.Nodes.JsonNode.Parse(json)!.AsObject().Select(member => member.Key);
}
