using System.Collections.Concurrent;
using System.Diagnostics;
using AuthSidecar.Envoy.ExtAuthz;
using Envoy.Service.Auth.V3;
using Google.Protobuf;

namespace AuthSidecar.Tests.Envoy.ExtAuthz;

/// <summary>Envoy's trace context creates spans; a client's does not.</summary>
public sealed class CheckSpansTests : IDisposable
{
    private readonly ActivityTraceId _trace = ActivityTraceId.CreateRandom();
    private readonly ConcurrentQueue<Activity> _spans = new();
    private readonly ActivityListener _listener;

    public CheckSpansTests()
    {
        _listener = new()
        {
            ShouldListenTo = source => source.Name == "AuthSidecar",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                if (span.TraceId == _trace)
                {
                    _spans.Enqueue(span);
                }
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    private string Sampled => $"00-{_trace}-b7ad6b7169203331-01";

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task SampledTraceOfTheCall_IsJoined()
    {
        var answer = await CheckAsync(Sampled, null);

        Assert.Equal(answer.DynamicMetadata.Fields["decision_id"].StringValue, Assert.Single(_spans).GetTagItem("authsidecar.decision_id"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("nonsense")]
    public async Task SampledTraceOfTheClient_IsNot(string? ofTheCall)
    {
        await CheckAsync(ofTheCall, Sampled);

        Assert.Empty(_spans);
    }

    [Fact]
    public async Task UnsampledTraceOfEnvoy_IsNotJoined_DespiteTheClientsHeader()
    {
        await CheckAsync(Sampled[..^1] + "0", Sampled);

        Assert.Empty(_spans);
    }

    private static async Task<CheckResponse> CheckAsync(string? ofTheCall, string? ofTheClient)
    {
        var http = new AttributeContext.Types.HttpRequest
        {
            Method = "GET",
            Path = "/",
            Host = "api",
        };
        if (ofTheClient is not null)
        {
            http.Headers["traceparent"] = ofTheClient;
        }

        var request = new CheckRequest { Attributes = new() { Request = new() { Http = http } } };
        var call = new TestCall(headers: ofTheCall is null ? [] : new() { { "traceparent", ofTheCall } });
        var service = Steps.Service(new(TimeProvider.System, Stream.Null), TimeProvider.System, Steps.Mount());
        return (await service.Check(CheckRequestReader.Read(request.ToByteArray()), call)).ToMessage();
    }
}
