using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport;
using Envoy.Extensions.Filters.Http.ExtProc.V3;
using Envoy.Service.ExtProc.V3;
using Google.Protobuf;
using Grpc.Core;

namespace AuthSidecar.Tests.Usage.Observation;

public sealed class ObserverServiceTests : IAsyncLifetime
{
    private const string Answer =
        """{"object":"chat.completion","model":"m-1","usage":{"prompt_tokens":7,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":2},"completion_tokens_details":{"reasoning_tokens":1}}}""";

    private const UsageFacts Counted =
        UsageFacts.Observed | UsageFacts.HasUsage | UsageFacts.HasCachedInInput | UsageFacts.HasReasoningInOutput;

    private Observer _observer = null!;

    public async Task InitializeAsync() => _observer = await Observer.StartAsync();

    public async Task DisposeAsync() => await _observer.DisposeAsync();

    [Fact]
    public async Task ObservedResponse_LeavesAReportAndGetsNoReply()
    {
        using var call = _observer.Client.Process();
        await call.RequestStream.WriteAsync(Observer.Head());
        await call.RequestStream.WriteAsync(Observer.Body(Answer[..40]));
        await call.RequestStream.WriteAsync(Observer.Body(Answer[40..]));
        await call.RequestStream.WriteAsync(Observer.Body("", isEnd: true));

        // The server ends the call: Envoy would keep it open.
        Assert.False(await call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
        var part = await _observer.PartAsync();
        Assert.Equal(
            (Observer.DecisionId, "abcdefghijkl", "llm", "acme", "m-1"),
            (part.DecisionId, part.KeyId, part.Policy, part.Provider, part.Model)
        );
        Assert.Equal(("centralized", "allow", 200, null), (part.Mode, part.Decision, part.Status, part.ErrorType));
        Assert.Equal(
            (7, 5, 2, null, 1),
            (part.InputTokens, part.OutputTokens, part.CachedReadTokens, part.CachedWriteTokens, part.ReasoningTokens)
        );
        Assert.Equal(Counted | UsageFacts.IsResponseModel | UsageFacts.Ended | UsageFacts.SawEnd, part.Facts);
    }

    [Fact]
    public async Task AStreamThatIsCutOff_LeavesWhatWasSeen()
    {
        using (var call = _observer.Client.Process())
        {
            await call.RequestStream.WriteAsync(Observer.Head(type: "text/event-stream"));
            await call.RequestStream.WriteAsync(Observer.Body("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7}}\n\ndata: {\"cho"));
            await call.RequestStream.CompleteAsync();
            Assert.False(await call.ResponseStream.MoveNext(CancellationToken.None));
        }

        var part = await _observer.PartAsync();
        Assert.Equal((7L, Counted), (part.InputTokens, part.Facts));
    }

    [Fact]
    public async Task ACallThatIsReset_LeavesWhatWasSeen()
    {
        using (var call = _observer.Client.Process())
        {
            await call.RequestStream.WriteAsync(Observer.Head(type: "text/event-stream"));

            // Requests a response, which confirms that the message was read.
            var body = Observer.Body("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7}}\n\ndata: [DONE]\n\n");
            body.ObservabilityMode = false;
            await call.RequestStream.WriteAsync(body);
            Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        }

        // The end marker was seen, so the response is complete.
        var part = await _observer.PartAsync();
        Assert.Equal((7L, Counted | UsageFacts.Ended | UsageFacts.SawEnd), (part.InputTokens, part.Facts));
    }

    [Fact]
    public async Task AWaitingEnvoy_IsSentContinueAndNothingElse()
    {
        using var call = _observer.Client.Process();
        ProcessingRequest[] messages =
        [
            new() { RequestHeaders = new() { Headers = new() } },
            new()
            {
                RequestBody = new() { Body = ByteString.CopyFromUtf8("{}"), EndOfStream = true },
            },
            new() { RequestTrailers = new() },
            Observer.Head(),
            Observer.Body(Answer, isEnd: true),
            new() { ResponseTrailers = new() },
        ];
        foreach (var message in messages)
        {
            message.ObservabilityMode = false;
            await call.RequestStream.WriteAsync(message);
            Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
            var answer = call.ResponseStream.Current;
            Assert.Equal($"{message.RequestCase}", $"{answer.ResponseCase}");
            Assert.Equal(
                0,
                (
                    answer.RequestHeaders?.Response
                    ?? answer.ResponseHeaders?.Response
                    ?? answer.RequestBody?.Response
                    ?? answer.ResponseBody?.Response
                )?.CalculateSize() ?? 0
            );
        }

        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal(7, (await _observer.PartAsync()).InputTokens);
    }

    [Fact]
    public async Task EnvoyThatHandsOverBodies_IsRefused()
    {
        using var call = _observer.Client.Process();
        var head = Observer.Head();
        head.ObservabilityMode = false;
        head.ProtocolConfig = new() { ResponseBodyMode = ProcessingMode.Types.BodySendMode.FullDuplexStreamed };
        await call.RequestStream.WriteAsync(head);

        var refusal = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal(StatusCode.FailedPrecondition, refusal.StatusCode);
    }

    [Theory]
    [InlineData("deny")]
    [InlineData("close")]
    [InlineData("")]
    public async Task ARefusalOfOurs_LeavesNothing(string decision)
    {
        using var call = _observer.Client.Process();
        await call.RequestStream.WriteAsync(Observer.Head(status: 401, decision: decision));
        await call.RequestStream.WriteAsync(Observer.Body("""{"error":{"type":"invalid_token"}}""", isEnd: true));

        Assert.False(await call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.False(_observer.HasPart);
    }

    [Fact]
    public async Task WithoutADecision_ThereIsNothingToJoin()
    {
        using var call = _observer.Client.Process();
        var head = Observer.Head(isEnd: true);
        head.MetadataContext = null;
        await call.RequestStream.WriteAsync(head);

        Assert.False(await call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.False(_observer.HasPart);
    }

    public static TheoryData<string, Action<Google.Protobuf.WellKnownTypes.Struct>> Inventions =>
        new()
        {
            { "no MAC", metadata => metadata.Fields.Remove("mac") },
            { "another", metadata => metadata.Fields["mac"] = Google.Protobuf.WellKnownTypes.Value.ForString(new('0', 32)) },
            {
                "another decision's",
                metadata => metadata.Fields["decision_id"] = Google.Protobuf.WellKnownTypes.Value.ForString(new('0', 32))
            },
            { "another key", metadata => metadata.Fields["key_id"] = Google.Protobuf.WellKnownTypes.Value.ForString("victim000key") },
            { "another subject", metadata => metadata.Fields["subject"] = Google.Protobuf.WellKnownTypes.Value.ForString("victim") },
            {
                "a refusal turned round",
                metadata => metadata.Fields["reason"] = Google.Protobuf.WellKnownTypes.Value.ForString("budget_exceeded")
            },
        };

    [Theory]
    [MemberData(nameof(Inventions))]
    public async Task CallWithAForgedDecision_ChangesNoUsage(string what, Action<Google.Protobuf.WellKnownTypes.Struct> change)
    {
        using var call = _observer.Client.Process();
        var head = Observer.Head();
        change(head.MetadataContext.FilterMetadata["envoy.filters.http.ext_authz"]);
        await call.RequestStream.WriteAsync(head);
        await call.RequestStream.WriteAsync(Observer.Head());
        await call.RequestStream.WriteAsync(Observer.Body(Answer, isEnd: true));

        Assert.False(await call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.False(_observer.HasPart, what);
    }

    [Fact]
    public async Task BodiesWithoutHeaders_AreNotRead()
    {
        using var call = _observer.Client.Process();
        await call.RequestStream.WriteAsync(Observer.Body(Answer, isEnd: true));

        Assert.False(await call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.False(_observer.HasPart);
    }

    [Fact]
    public async Task APieceOfMegabytes_IsTaken()
    {
        using var call = _observer.Client.Process();
        await call.RequestStream.WriteAsync(Observer.Head());
        await call.RequestStream.WriteAsync(Observer.Body("{\"choices\":[\"" + new string('x', 5_000_000)));
        await call.RequestStream.WriteAsync(Observer.Body("\"],\"usage\":{\"prompt_tokens\":7}}", isEnd: true));

        Assert.False(await call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal(7, (await _observer.PartAsync()).InputTokens);
    }

    [Fact]
    public async Task AnAppsAnswer_HasNoProviderAndIsNotJudged()
    {
        using var call = _observer.Client.Process();
        await call.RequestStream.WriteAsync(Observer.Head(policy: "app"));
        await call.RequestStream.WriteAsync(Observer.Body("""{"error":{"type":"mine"},"text":"<cut""", isEnd: true));

        Assert.False(await call.ResponseStream.MoveNext(CancellationToken.None));
        var part = await _observer.PartAsync();
        Assert.Equal(
            (null, "app", null, UsageFacts.Observed | UsageFacts.Ended | UsageFacts.SawEnd),
            (part.Provider, part.Policy, part.ErrorType, part.Facts)
        );
    }

    [Fact]
    public async Task AnUpstreamsError_IsNamed()
    {
        using var call = _observer.Client.Process();
        await call.RequestStream.WriteAsync(Observer.Head(status: 429));
        await call.RequestStream.WriteAsync(
            Observer.Body(System.Text.Encoding.UTF8.GetString(Fixture.Named("openai-chat/error.json").Body), isEnd: true)
        );

        Assert.False(await call.ResponseStream.MoveNext(CancellationToken.None));
        var part = await _observer.PartAsync();
        Assert.Equal(
            (429, "insufficient_quota", UsageFacts.Observed | UsageFacts.Ended | UsageFacts.SawEnd | UsageFacts.UpstreamFailed),
            (part.Status, part.ErrorType, part.Facts)
        );
    }

    [Fact]
    public async Task AnErrorThatNamesNoModel_HasTheRequests()
    {
        using var call = _observer.Client.Process();
        await call.RequestStream.WriteAsync(Observer.RequestHead());
        await call.RequestStream.WriteAsync(Observer.RequestBody("""{"messages":[],"mod"""));
        await call.RequestStream.WriteAsync(Observer.RequestBody("""el":"m-asked"}""", isEnd: true));
        await call.RequestStream.WriteAsync(Observer.Head(status: 500));
        await call.RequestStream.WriteAsync(Observer.Body("""{"error":{"type":"server_error"}}""", isEnd: true));

        Assert.False(await call.ResponseStream.MoveNext(CancellationToken.None));
        var part = await _observer.PartAsync();
        Assert.Equal(("m-asked", "server_error", 500), (part.Model, part.ErrorType, part.Status));
        Assert.False(part.Facts.HasFlag(UsageFacts.IsResponseModel));
    }

    /// <summary>
    /// The response's model has precedence, and the end of the response ends the observation of a request that is still open.
    /// </summary>
    [Fact]
    public async Task AnAnswerBeforeTheRequestsEnd_IsWhole()
    {
        using var call = _observer.Client.Process();
        await call.RequestStream.WriteAsync(Observer.RequestHead());
        await call.RequestStream.WriteAsync(Observer.RequestBody("""{"model":"m-asked","messages":["""));
        await call.RequestStream.WriteAsync(Observer.Head());
        await call.RequestStream.WriteAsync(Observer.RequestBody("\"a\","));
        await call.RequestStream.WriteAsync(Observer.Body(Answer));
        await call.RequestStream.WriteAsync(Observer.RequestBody("\"b\","));
        await call.RequestStream.WriteAsync(Observer.Body("", isEnd: true));

        Assert.False(await call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
        var part = await _observer.PartAsync();
        Assert.Equal(("m-1", "m-asked", 7), (part.Model, part.AskedModel, part.InputTokens));
        Assert.Equal(Counted | UsageFacts.IsResponseModel | UsageFacts.Ended | UsageFacts.SawEnd, part.Facts);
    }

    [Fact]
    public async Task DisconnectBeforeTheResponse_LeavesTheRequestedModel()
    {
        using var call = _observer.Client.Process();
        await call.RequestStream.WriteAsync(Observer.RequestHead());
        await call.RequestStream.WriteAsync(Observer.RequestBody("""{"model":"m-asked"}""", isEnd: true));
        await call.RequestStream.CompleteAsync();

        Assert.False(await call.ResponseStream.MoveNext(CancellationToken.None));
        var part = await _observer.PartAsync();
        Assert.Equal(
            (Observer.DecisionId, "m-asked", "acme", "llm", null),
            (part.DecisionId, part.Model, part.Provider, part.Policy, part.Status)
        );
        Assert.Equal(UsageFacts.None, part.Facts);
    }

    [Fact]
    public async Task ACompressedRequest_IsReadByItsHeaders()
    {
        using var call = _observer.Client.Process();
        await call.RequestStream.WriteAsync(Observer.RequestHead("gzip"));
        await call.RequestStream.WriteAsync(
            Observer.RequestBody(ByteString.CopyFrom(Reading.Encode("gzip", """{"model":"m-asked"}"""u8.ToArray())), isEnd: true)
        );
        await call.RequestStream.CompleteAsync();

        Assert.False(await call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal("m-asked", (await _observer.PartAsync()).Model);
    }

    /// <summary>No model from an application's body, from Gemini's (its model is in the path), or for a denial.</summary>
    [Theory]
    [InlineData("app", "allow")]
    [InlineData("path", "allow")]
    [InlineData("unknown", "allow")]
    [InlineData("llm", "deny")]
    [InlineData("llm", "")]
    public async Task WhatIsNoProvidersRequest_IsNotLookedAt(string policy, string decision)
    {
        using var call = _observer.Client.Process();
        await call.RequestStream.WriteAsync(Observer.RequestHead(decision: decision, policy: policy));
        await call.RequestStream.WriteAsync(Observer.RequestBody("""{"model":"m-asked"}""", isEnd: true));
        await call.RequestStream.CompleteAsync();

        Assert.False(await call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.False(_observer.HasPart);
    }

    [Fact]
    public async Task Trailers_AreAnEnd()
    {
        using var call = _observer.Client.Process();
        await call.RequestStream.WriteAsync(Observer.Head());
        await call.RequestStream.WriteAsync(Observer.Body(Answer));
        await call.RequestStream.WriteAsync(new() { ObservabilityMode = true, ResponseTrailers = new() });

        Assert.False(await call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.True((await _observer.PartAsync()).Facts.HasFlag(UsageFacts.Ended));
    }
}
