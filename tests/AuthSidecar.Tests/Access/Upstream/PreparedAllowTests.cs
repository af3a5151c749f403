using System.Text.Json;
using AuthSidecar.Access.Requests;
using AuthSidecar.Access.Upstream;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Service;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Envoy.ExtAuthz;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Tests.Envoy.ExtAuthz;
using Envoy.Service.Auth.V3;
using Google.Protobuf;

namespace AuthSidecar.Tests.Access.Upstream;

/// <summary>Requests that share a prepared answer, and its contents.</summary>
public sealed class PreparedAllowTests
{
    private readonly Identity _identity = AskingOften();
    private readonly CheckPipeline _pipeline = new([new MountCallerStep(), new UpstreamCredentialStep()]);
    private readonly Policy _provider = new()
    {
        Name = "p",
        Options = new() { Provider = "openai" },
        Provider = new() { Credential = new("central") },
        Subjects = SubjectType.All,
    };
    private readonly Policy _application = new()
    {
        Name = "a",
        Options = new(),
        Subjects = SubjectType.All,
    };

    [Fact]
    public async Task OrdinaryRequestsToAProvider_ShareOne_ForEachListOfCodings()
    {
        var first = await EditsAsync(
            _provider,
            ("accept-encoding", "gzip, deflate"),
            ("x-forwarded-for", "192.0.2.1"),
            ("x-forwarded-proto", "https"),
            ("cookie", "a=1"),
            ("user-agent", "x")
        );
        var again = await EditsAsync(_provider, ("accept-encoding", "br"), ("x-envoy-external-address", "192.0.2.1"));
        var restricted = await EditsAsync(_provider, ("accept-encoding", "gzip, deflate, br, zstd"));

        Assert.Same(first, again);
        Assert.NotSame(first, restricted);
        Assert.Same(restricted, await EditsAsync(_provider, ("accept-encoding", "zstd, br, gzip, deflate")));
        Assert.Equal("gzip, deflate, br", restricted.Set.Single(header => header.Key == "accept-encoding").Value);
        Assert.Equal(["authorization", "accept-encoding"], restricted.Set.Select(header => header.Key).OrderDescending());
        Assert.All([.. PrivateHeaders.Always, "x-authsidecar-caller-username"], name => Assert.Contains(name, first.Remove));
        Assert.DoesNotContain("x-forwarded-proto", first.Remove);
    }

    [Theory]
    [InlineData("x-real-ip", true, false)]
    [InlineData("openai-organization", true, false)]
    [InlineData("x-forwarded-user", true, false)]
    [InlineData("cf-connecting-ip", true, false)]
    [InlineData("x-envoy-retry-on", true, true)]
    [InlineData("x-envoy-upstream-anything", true, true)]
    [InlineData("x_envoy_max_retries", true, true)]
    [InlineData("x-envoy-attempt-count", false, false)]
    [InlineData("x-envoy-expected-rq-timeout-ms", false, false)]
    [InlineData("openai-beta", false, false)]
    [InlineData("anthropic-version", false, false)]
    [InlineData("traceparent", false, false)]
    public async Task ForbiddenHeaders_AreRemovedFromThatRequestAlone(string name, bool fromProviders, bool fromApplications)
    {
        foreach (var (policy, isRemoved) in new[] { (_provider, fromProviders), (_application, fromApplications) })
        {
            var ordinary = await EditsAsync(policy);
            var special = await EditsAsync(policy, (name, "1"));

            Assert.Equal(isRemoved, special.Remove.Contains(name));
            Assert.Equal(!isRemoved, ReferenceEquals(ordinary, special));
            Assert.DoesNotContain(name, ordinary.Remove);
        }
    }

    [Fact]
    public async Task TheLog_ShowsNoTokenOfAPathOrAnId()
    {
        var token = KeyToken.Generate(TokenFamily.Ask);
        var check = Context(_application, $"/v1/%61{token[1..]}/x?key={token}", ("x-authsidecar-request-id", token));
        Assert.True((await new RequestIdStep().RunAsync(check, CancellationToken.None)).IsContinue);
        await using var output = new MemoryStream();
        new DecisionLog(TimeProvider.System, output).Write(check, new Decision.Deny(Denials.InvalidPath), TimeSpan.Zero);

        using var line = JsonDocument.Parse(output.ToArray());
        Assert.Equal("/v1/****/x", line.RootElement.GetProperty("path").GetString());
        Assert.Equal("****", line.RootElement.GetProperty("request_id").GetString());
        Assert.DoesNotContain(token[4..], line.RootElement.ToString(), StringComparison.Ordinal);
    }

    // Answers are prepared for callers that have asked before.
    private static Identity AskingOften()
    {
        var identity = Steps.IdentityOf("prepared0001");
        while (!identity.Answers.CountRequest()) { }
        return identity;
    }

    private async Task<UpstreamEdits> EditsAsync(Policy policy, params (string Name, string Value)[] headers)
    {
        var context = Context(policy, "/v1/models", headers);
        return Assert.IsType<Decision.Allow>(await _pipeline.RunAsync(context, CancellationToken.None)).Edits;
    }

    private CheckContext Context(Policy policy, string target, params (string Name, string Value)[] headers)
    {
        var http = new AttributeContext.Types.HttpRequest
        {
            Method = "POST",
            Path = target,
            HeaderMap = new(),
        };
        http.HeaderMap.Headers.AddRange(
            headers.Select(header => new global::Envoy.Config.Core.V3.HeaderValue
            {
                Key = header.Name,
                RawValue = ByteString.CopyFromUtf8(header.Value),
            })
        );
        var question = new CheckRequest { Attributes = new() { Request = new() { Http = http } } };
        return new(CheckRequestReader.Read(question.ToByteArray()), "01234567890123456789012345678901")
        {
            Policy = policy,
            Identity = _identity,
        };
    }
}
