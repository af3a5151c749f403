using AuthSidecar.Access.Authentication;
using AuthSidecar.Access.Credentials;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Envoy.ExtAuthz;
using AuthSidecar.Tests.Access.Authentication;
using AuthSidecar.Tests.Envoy.ExtAuthz;
using Envoy.Service.Auth.V3;
using Google.Protobuf;

namespace AuthSidecar.Tests.WebSockets.Closer;

/// <summary>Clients that reconnect repeatedly with an expired token.</summary>
public sealed class ReconnectStormTests
{
    private const int Seconds = 60;
    private const int ClientsASecond = 50;

    [Theory]
    [InlineData(nameof(WebSocketDenial.Http))]
    [InlineData(nameof(WebSocketDenial.Close))]
    public async Task CostAtMostOneReadOfTheStoreInTenSeconds(string word)
    {
        var mode = Enum.Parse<WebSocketDenial>(word);
        await using var fixture = await KeyFixture.StartAsync();
        await fixture.CreateUserAsync();
        var expired = await fixture.CreateKeyAsync(fixture.Time.GetUtcNow() - TimeSpan.FromDays(1));

        // The key's cache invalidation arrives before the storm, not during it.
        Assert.True(await fixture.PollAsync());
        using var log = new MemoryStream();
        var policy = new Policy
        {
            Name = "live",
            Options = new() { WsDeny = mode },
            Subjects = SubjectType.All,
        };
        var choose = Steps.Do(
            (context, _) =>
            {
                context.Policy = policy;
                return new(StepResult.Continue);
            }
        );

        // This fixture has no JWTs.
        var authenticate = new AuthenticateStep(
            new(fixture.Authenticator, jwts: null!, fixture.Imported, new(new(fixture.Settings.Auth))),
            fixture.Guard
        );
        var service = Steps.Service(new(fixture.Time, log), fixture.Time, choose, new ExtractCredentialStep(), authenticate);
        var question = Question(expired.Token);

        for (var second = 0; second < Seconds; second++)
        {
            var answers = await Task.WhenAll(
                Enumerable
                    .Range(0, ClientsASecond)
                    .Select(_ => Task.Run(async () => (await service.Check(CheckRequestReader.Read(question), new TestCall())).ToMessage()))
            );

            Assert.All(answers, answer =>
            {
                Assert.Equal("token_expired", answer.DynamicMetadata.Fields["reason"].StringValue);
                Assert.Equal(
                    mode == WebSocketDenial.Close
                        ? CheckResponse.HttpResponseOneofCase.OkResponse
                        : CheckResponse.HttpResponseOneofCase.DeniedResponse,
                    answer.HttpResponseCase
                );
            });
            fixture.Time.Advance(TimeSpan.FromSeconds(1));
            Assert.True(await fixture.PollAsync());
        }

        Assert.InRange(fixture.Queries.Count, 1, Seconds / 10);
    }

    private static byte[] Question(string token) =>
        new CheckRequest
        {
            Attributes = new()
            {
                Source = new() { Address = new() { SocketAddress = new() { Address = "192.0.2.7" } } },
                Request = new()
                {
                    Http = new()
                    {
                        Method = "GET",
                        Path = $"/live?access_token={token}",
                        Headers = { ["upgrade"] = "websocket", ["connection"] = "Upgrade" },
                    },
                },
                ContextExtensions = { ["policy"] = "live", ["ws_closer"] = "true" },
            },
        }.ToByteArray();
}
