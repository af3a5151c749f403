using AuthSidecar.TestSupport.Corpus;
using Envoy.Service.Auth.V3;
using Google.Protobuf;

namespace AuthSidecar.Tests.Cases;

/// <summary>Every case of tests/Cases, in process and over real gRPC with each of Envoy's header encodings.</summary>
public sealed class CaseTests(SidecarHarnesses harnesses) : IClassFixture<SidecarHarnesses>
{
    public static IEnumerable<object[]> InProcessRows => CorpusFiles.Rows(Transport.InProcess);

    public static IEnumerable<object[]> HeadersRows => CorpusFiles.Rows(Transport.Headers);

    public static IEnumerable<object[]> HeaderMapRows => CorpusFiles.Rows(Transport.HeaderMap);

    [Theory]
    [MemberData(nameof(InProcessRows))]
    public Task InProcess(string id) => JudgeAsync(id, Transport.InProcess);

    [Theory]
    [MemberData(nameof(HeadersRows))]
    public Task OverGrpc_JoinedHeaders(string id) => JudgeAsync(id, Transport.Headers);

    [Theory]
    [MemberData(nameof(HeaderMapRows))]
    public Task OverGrpc_RawHeaders(string id) => JudgeAsync(id, Transport.HeaderMap);

    private async Task JudgeAsync(string id, Transport transport)
    {
        var written = CorpusFiles.Case(id);
        var one = written.At(transport)!;
        var harness = await harnesses.ForAsync(one);
        var request = CheckRequests.Build(written, harness.Vocabulary, transport);
        for (var i = 0; i < written.Given.Before; i++)
        {
            await CheckAsync(harness, request, transport);
        }

        var answer = await CheckAsync(harness, request, transport);
        var row = harness.Rows!.Take(answer.DynamicMetadata!.Fields["decision_id"].StringValue);
        Assert.NotNull(row);
        Judge.Check(one, EnvoyApply.Run(written, harness.Vocabulary, transport, answer) with { Row = row }, harness.Vocabulary);
    }

    private static Task<CheckResponse> CheckAsync(SidecarHarness harness, CheckRequest request, Transport transport) =>
        transport is Transport.InProcess
            ? harness.RunAsync(CheckRequest.Parser.ParseFrom(request.ToByteArray()))
            : harness.CallAsync(request);
}
