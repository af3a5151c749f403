using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Envoy.ExtAuthz;
using AuthSidecar.Tests.Envoy.ExtAuthz;
using Envoy.Service.Auth.V3;
using Google.Protobuf;

namespace AuthSidecar.Tests.WebSockets.Closer;

/// <summary>Denials that are routed to the closer with an OK response; every other denial stays one.</summary>
public sealed class CloserRouteTests
{
    private static readonly Policy _closing = new()
    {
        Name = "closing",
        Options = new() { WsDeny = WebSocketDenial.Close },
        Subjects = SubjectType.All,
    };

    [Fact]
    public async Task RefusedSocketOnAClosersRoute_RoutesThereWithoutCallerData()
    {
        var answer = await CheckAsync(Question("true"), Refuse(_closing, Denials.TokenExpired));

        Assert.Equal(0, answer.Status.Code);
        Assert.Equal(("close", "token_expired"), (Metadata(answer, "decision"), Metadata(answer, "reason")));
        Assert.False(answer.DynamicMetadata.Fields.ContainsKey("ws"));
        Assert.Equal(
            [":path=/ws?room=1", "sec-websocket-key", "sec-websocket-protocol=chat", "x-authsidecar-ws-close=4001.token_expired"],
            answer
                .OkResponse.Headers.Select(header =>
                    header.Header.Key switch
                    {
                        "sec-websocket-key" => "sec-websocket-key",
                        "x-authsidecar-ws-close" => $"x-authsidecar-ws-close={header.Header.Value[..^33]}",
                        var name => $"{name}={header.Header.Value}",
                    }
                )
                .Order(StringComparer.Ordinal)
        );
        foreach (
            var removed in new[]
            {
                "authorization",
                "x-api-key",
                "x-authsidecar-caller-subject",
                "x-authsidecar-caller-decision-id",
                "x-authsidecar-caller-forged",
            }
        )
        {
            Assert.Contains(removed, answer.OkResponse.HeadersToRemove);
        }

        Assert.DoesNotContain("x-authsidecar-ws-close", answer.OkResponse.HeadersToRemove);
        Assert.Equal(
            ["x-authsidecar-decision-id", "x-authsidecar-reason"],
            answer.OkResponse.ResponseHeadersToAdd.Select(header => header.Header.Key).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task Fault_RoutesThereWith1008_AndWithoutEarlierFacts()
    {
        var answer = await CheckAsync(
            Question("true"),
            Steps.Do(
                (context, _) =>
                {
                    context.Policy = _closing;
                    context.Edits.SetHeader("authorization", "Bearer of-the-provider");
                    throw new InvalidOperationException("a bug");
                }
            )
        );

        Assert.StartsWith(
            "1008.internal_error.",
            answer.OkResponse.Headers.Single(header => header.Header.Key == "x-authsidecar-ws-close").Header.Value,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("of-the-provider", answer.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("True")]
    [InlineData("true ")]
    [InlineData("1")]
    public async Task WithoutTheRoutesMarker_ItIsADenial(string? word) =>
        AssertDenied(await CheckAsync(Question(word), Refuse(_closing, Denials.TokenExpired)));

    [Fact]
    public async Task UnderAPolicyWithoutClose_ItIsADenial() =>
        AssertDenied(await CheckAsync(Question("true"), Refuse(Steps.Policy, Denials.TokenExpired)));

    [Fact]
    public async Task WithoutAPolicy_ItIsADenial() => AssertDenied(await CheckAsync(Question("true"), Steps.Answer(Denials.NoPolicy)));

    [Fact]
    public async Task WhatIsNoUpgrade_IsDenied()
    {
        var question = Question("true");
        question.Attributes.Request.Http.Headers.Remove("upgrade");

        AssertDenied(await CheckAsync(question, Refuse(_closing, Denials.TokenExpired)));
    }

    [Fact]
    public async Task AnAllow_StaysOne()
    {
        var answer = await CheckAsync(
            Question("true"),
            Steps.Mount(),
            Steps.Do(
                (context, _) =>
                {
                    context.Policy = _closing;
                    return new(StepResult.Continue);
                }
            )
        );

        Assert.Equal(("allow", "allow"), (Metadata(answer, "decision"), Metadata(answer, "ws")));
    }

    private static void AssertDenied(CheckResponse answer)
    {
        Assert.NotEqual(0, answer.Status.Code);
        Assert.InRange((int)answer.DeniedResponse.Status.Code, 400, 599);
        Assert.Equal("deny", Metadata(answer, "decision"));
    }

    private static ICheckStep Refuse(Policy policy, Denial denial) =>
        Steps.Do(
            (context, _) =>
            {
                context.Policy = policy;
                return new(denial);
            }
        );

    private static string Metadata(CheckResponse answer, string key) => answer.DynamicMetadata.Fields[key].StringValue;

    private static CheckRequest Question(string? closer)
    {
        var question = new CheckRequest
        {
            Attributes = new()
            {
                Request = new()
                {
                    Http = new()
                    {
                        Method = "GET",
                        Path = "/ws?access_token=ask_x&room=1",
                        Headers =
                        {
                            ["upgrade"] = "websocket",
                            ["authorization"] = "Bearer ask_y",
                            ["x-authsidecar-caller-forged"] = "root",
                            ["x-authsidecar-ws-close"] = "1000.fine",
                            ["sec-websocket-protocol"] = "chat, authsidecar.bearer.ask_z",
                        },
                    },
                },
                ContextExtensions = { ["policy"] = "closing" },
            },
        };
        if (closer is not null)
        {
            question.Attributes.ContextExtensions["ws_closer"] = closer;
        }

        return question;
    }

    private static async Task<CheckResponse> CheckAsync(CheckRequest question, params ICheckStep[] steps)
    {
        using var log = new MemoryStream();
        var service = Steps.Service(new(TimeProvider.System, log), TimeProvider.System, steps);
        return (await service.Check(CheckRequestReader.Read(question.ToByteArray()), new TestCall())).ToMessage();
    }
}
