using AuthSidecar.TestSupport.Corpus;
using Envoy.Service.Auth.V3;
using Google.Protobuf;

namespace AuthSidecar.Tests.Cases;

/// <summary>Every case of tests/Cases, in process and over real gRPC with each of Envoy's header encodings.</summary>
public sealed class CaseTests(SidecarLabs labs) : IClassFixture<SidecarLabs>
{
    public static IEnumerable<object[]> InProcessRows => CorpusFiles.Rows(Door.InProcess);

    public static IEnumerable<object[]> HeadersRows => CorpusFiles.Rows(Door.Headers);

    public static IEnumerable<object[]> HeaderMapRows => CorpusFiles.Rows(Door.HeaderMap);

    [Theory]
    [MemberData(nameof(InProcessRows))]
    public Task InProcess(string id) => JudgeAsync(id, Door.InProcess);

    [Theory]
    [MemberData(nameof(HeadersRows))]
    public Task OverGrpc_JoinedHeaders(string id) => JudgeAsync(id, Door.Headers);

    [Theory]
    [MemberData(nameof(HeaderMapRows))]
    public Task OverGrpc_RawHeaders(string id) => JudgeAsync(id, Door.HeaderMap);

    private async Task JudgeAsync(string id, Door door)
    {
        var written = CorpusFiles.Case(id);
        var one = written.At(door)!;
        var lab = await labs.ForAsync(one);
        var question = CheckRequests.Build(written, lab.Words, door);
        for (var i = 0; i < written.Given.Before; i++)
        {
            await AskAsync(lab, question, door);
        }

        var answer = await AskAsync(lab, question, door);
        var row = lab.Rows!.Take(answer.DynamicMetadata!.Fields["decision_id"].StringValue);
        Assert.NotNull(row);
        Judge.Check(one, EnvoyApply.Run(written, lab.Words, door, answer) with { Row = row }, lab.Words);
    }

    private static Task<CheckResponse> AskAsync(SidecarLab lab, CheckRequest question, Door door)
        => door is Door.InProcess ? lab.RunAsync(CheckRequest.Parser.ParseFrom(question.ToByteArray())) : lab.CallAsync(question);
}
