using AuthSidecar.Administration.Reports;
using AuthSidecar.Administration.Rest;
using AuthSidecar.Administration.Shared;
using AuthSidecar.TestSupport.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace AuthSidecar.Tests.Administration.Rest;

public sealed class RestPlumbingTests : IAsyncLifetime
{
    private RestHost _host = null!;

    internal sealed record Input(string Name, int? Size, IReadOnlyList<string>? Tags);

    private static async Task<RestAnswer> MakeAsync(HttpContext http) =>
        RestAnswer.Created(await http.ReadBodyAsync<Input>(), "/api/things/1");

    public async Task InitializeAsync() =>
        _host = await RestHost.StartAsync(routes =>
        {
            routes.MapMethods("/api/things", ["POST"], (Delegate)MakeAsync).Describe("Make", new() { Body = typeof(Input) });
            routes
                .MapMethods("/api/things/1", RestRoutes.Reads, () => RestAnswer.Tagged(new Input("one", 1, [])))
                .Describe("Show", new() { HasETag = true });
            routes
                .MapMethods("/api/things/1", ["PATCH"], (Delegate)((HttpContext http) => Changed(http)))
                .Describe("Change", new() { HasIfMatch = true });
            routes
                .MapMethods("/api/things", RestRoutes.Reads, (HttpContext http) =>
                {
                    var query = new RestQuery(http.Request);
                    var group = query.Word<UsageGroup>("by");
                    return RestAnswer.List(new Page<string>([$"{group} {query.Limit()} {query.Cursor()}"], 7, "after"), item => item);
                })
                .Describe(
                    "List",
                    new() { Query = [RestParameter.Of<UsageGroup>("by", "Group."), RestParameter.Limit, RestParameter.Cursor] }
                );
            routes
                .MapMethods("/api/fault", RestRoutes.Reads, string () => throw new InvalidOperationException("a secret"))
                .Describe("Fail");
            routes
                .MapMethods("/api/outage", RestRoutes.Reads, string () =>
                    throw new AuthSidecar.Platform.Storage.StoreUnavailableException("away", null!)
                )
                .Describe("Fail");
        });

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Theory]
    [InlineData("""{"name":"a","size":1,"tags":["x"]}""", "201")]
    [InlineData("""{"name":"a"}""", "400 invalid_argument")]
    [InlineData("""{"name":"a","size":null,"tags":null,"extra":1}""", "400 invalid_argument extra")]
    [InlineData("""{"name":"a","Name":"b","size":1,"tags":[]}""", "400 invalid_argument Name")]
    [InlineData("""{"name":"a","name":"b","size":1,"tags":[]}""", "400 invalid_argument name")]
    [InlineData("""{"name":1,"size":1,"tags":[]}""", "400 invalid_argument name")]
    [InlineData("""{"name":null,"size":1,"tags":[]}""", "400 invalid_argument name")]
    [InlineData("""{"name":"a","size":"1","tags":[]}""", "400 invalid_argument size")]
    [InlineData("""{"name":"a","size":1.5,"tags":[]}""", "400 invalid_argument size")]
    [InlineData("""{"name":"a","size":1,"tags":["x",2]}""", "400 invalid_argument tags[1]")]
    [InlineData("""{"name":"a","size":1,"tags":[],}""", "400 invalid_argument")]
    [InlineData("""{"name":"\ud800","size":1,"tags":[]}""", "400 invalid_argument name")]
    [InlineData("[]", "400 invalid_argument")]
    [InlineData("null", "400 invalid_argument")]
    [InlineData("", "400 invalid_argument")]
    [InlineData("[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]", "400 invalid_argument")]
    public async Task Bodies(string body, string expected)
    {
        var reply = await _host.SendAsync("POST", "/api/things", body);
        Assert.Equal(expected, reply.Status < 400 ? $"{reply.Status}" : reply.Problem());
        Assert.DoesNotContain("System.", reply.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text/plain", "415 unsupported_media_type")]
    [InlineData("application/x-www-form-urlencoded", "415 unsupported_media_type")]
    [InlineData("application/json; charset=utf-16", "415 unsupported_media_type")]
    [InlineData("APPLICATION/JSON; charset=UTF-8", "201")]
    public async Task ContentTypes(string type, string expected)
    {
        var reply = await _host.SendAsync("POST", "/api/things", """{"name":"a","size":1,"tags":[]}""", ("Content-Type", type));
        Assert.Equal(expected, reply.Status < 400 ? $"{reply.Status}" : reply.Problem());
    }

    [Fact]
    public async Task LargeBody_Is413()
    {
        var most = $$"""{"name":"{{new string('a', 64 * 1024)}}","size":1,"tags":[]}""";
        Assert.Equal("413 content_too_large", (await _host.SendAsync("POST", "/api/things", most)).Problem());
    }

    [Theory]
    [InlineData("", "None 50 ")]
    [InlineData("?by=day&limit=200&cursor=x", "Day 200 x")]
    [InlineData("?limit=0", "400 invalid_argument limit")]
    [InlineData("?limit=201", "400 invalid_argument limit")]
    [InlineData("?limit=-1", "400 invalid_argument limit")]
    [InlineData("?limit=1&limit=1", "400 invalid_argument limit")]
    [InlineData("?by=Day", "400 invalid_argument by")]
    [InlineData("?by=", "400 invalid_argument by")]
    [InlineData("?Limit=1", "400 invalid_argument Limit")]
    [InlineData("?other=1", "400 invalid_argument other")]
    public async Task Queries(string query, string expected)
    {
        var reply = await _host.SendAsync("GET", $"/api/things{query}");
        if (reply.Status >= 400)
        {
            Assert.Equal(expected, reply.Problem());
            return;
        }

        Assert.Equal(expected.Replace("None", "", StringComparison.Ordinal), (string)reply.Json["items"]![0]!);
        Assert.Equal("""{"total":7,"hasMore":true,"next":"after"}""", WithoutItems(reply));
    }

    [Theory]
    [InlineData("application/json", 200)]
    [InlineData("*/*", 200)]
    [InlineData("text/html, application/*;q=0.1", 200)]
    [InlineData("text/csv", 406)]
    [InlineData("application/json;q=0, */*", 406)]
    public async Task Accept(string accept, int status) =>
        Assert.Equal(status, (await _host.SendAsync("GET", "/api/things", null, ("Accept", accept))).Status);

    [Fact]
    public async Task ETag_IsHonoured()
    {
        var first = await _host.SendAsync("GET", "/api/things/1");
        var tag = first.Headers["ETag"];
        Assert.Matches("^\"[A-Za-z0-9_-]{22}\"$", tag);

        Assert.Equal(304, (await _host.SendAsync("GET", "/api/things/1", null, ("If-None-Match", tag))).Status);
        Assert.Equal(304, (await _host.SendAsync("GET", "/api/things/1", null, ("If-None-Match", $"\"x\", W/{tag}"))).Status);
        Assert.Equal(200, (await _host.SendAsync("GET", "/api/things/1", null, ("If-None-Match", "\"x\""))).Status);
        Assert.Equal(200, (await _host.SendAsync("PATCH", "/api/things/1", null, ("If-Match", tag))).Status);
        Assert.Equal(200, (await _host.SendAsync("PATCH", "/api/things/1", null, ("If-Match", "*"))).Status);
        Assert.Equal(200, (await _host.SendAsync("PATCH", "/api/things/1")).Status);
        Assert.Equal(
            ["412 precondition_failed", "412 precondition_failed", "400 invalid_argument If-Match"],
            [
                (await _host.SendAsync("PATCH", "/api/things/1", null, ("If-Match", "\"x\""))).Problem(),
                (await _host.SendAsync("PATCH", "/api/things/1", null, ("If-Match", $"W/{tag}"))).Problem(),
                (await _host.SendAsync("PATCH", "/api/things/1", null, ("If-Match", "x"))).Problem(),
            ]
        );
    }

    [Fact]
    public async Task Head_IsGetWithoutBody()
    {
        var reply = await _host.SendAsync("HEAD", "/api/things/1");
        Assert.Equal((200, ""), (reply.Status, reply.Text));
        Assert.Equal((await _host.SendAsync("GET", "/api/things/1")).Headers["ETag"], reply.Headers["ETag"]);
    }

    [Fact]
    public async Task OtherFailures_AreProblemsToo()
    {
        Assert.Equal("404 not_found", (await _host.SendAsync("GET", "/api/unknown")).Problem());
        var refused = await _host.SendAsync("DELETE", "/api/things");
        Assert.Equal(("405 method_not_allowed", "GET, HEAD, POST"), (refused.Problem(), refused.Headers["Allow"]));
        var fault = await _host.SendAsync("GET", "/api/fault");
        Assert.Equal("500 internal_error", fault.Problem());
        Assert.DoesNotContain("secret", fault.Text, StringComparison.Ordinal);
        var outage = await _host.SendAsync("GET", "/api/outage");
        Assert.Equal(("503 store_unavailable", "1"), (outage.Problem(), outage.Headers["Retry-After"]));
    }

    private static RestAnswer Changed(HttpContext http) =>
        RestETag.Expected(http.Request) is { } isExpected && !isExpected(new Input("one", 1, []))
            ? throw RestException.Of(Refusal.Stale("thing"))
            : RestAnswer.Tagged(new Input("one", 1, []));

    private static string WithoutItems(RestReply reply)
    {
        var json = reply.Json.AsObject();
        json.Remove("items");
        return json.ToJsonString();
    }
}
