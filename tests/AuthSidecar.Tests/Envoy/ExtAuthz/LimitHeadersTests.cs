using System.Buffers;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Envoy.ExtAuthz;
using Envoy.Config.Core.V3;
using Envoy.Service.Auth.V3;

namespace AuthSidecar.Tests.Envoy.ExtAuthz;

public sealed class LimitHeadersTests
{
    private const string Id = "0123456789abcdef0123456789abcdef";

    public static TheoryData<int, int, long, string> States =>
        new()
        {
            { 60, 59, 60_000, "60" },
            { 1, 0, 1, "1" },
            { 7, 3, 59_001, "60" },
            { int.MaxValue, int.MaxValue - 1, 86_400_000, "86400" },
        };

    [Theory]
    [MemberData(nameof(States))]
    public void PreparedAnswer_IsTheSameWithThreeHeadersMore(int permits, int remaining, long resetMilliseconds, string reset)
    {
        var message = Message();
        var answer = new CheckAnswer(
            new PreparedAnswer(message, Id, default),
            Id,
            new(permits, remaining, TimeSpan.FromMilliseconds(resetMilliseconds))
        );

        var expected = message.Clone();
        expected.OkResponse.ResponseHeadersToAdd.Add([
            Overwrite("ratelimit-limit", $"{permits}"),
            Overwrite("ratelimit-remaining", $"{remaining}"),
            Overwrite("ratelimit-reset", reset),
        ]);
        Assert.Equal(expected, answer.ToMessage());
        Assert.Equal(
            expected,
            new CheckAnswer(message, new LimitState(permits, remaining, TimeSpan.FromMilliseconds(resetMilliseconds))).ToMessage()
        );
    }

    [Fact]
    public void Length_IsWhatIsWritten()
    {
        foreach (
            var limit in new LimitState?[]
            {
                null,
                new(1, 0, TimeSpan.Zero),
                new(60, 59, TimeSpan.FromMinutes(1)),
                new(int.MaxValue, int.MaxValue, TimeSpan.FromDays(1)),
            }
        )
        {
            var answer = new CheckAnswer(new PreparedAnswer(Message(), Id, default), Id, limit);
            var bytes = new ArrayBufferWriter<byte>();
            answer.WriteTo(bytes);

            Assert.Equal(answer.Length, bytes.WrittenCount);
        }
    }

    private static CheckResponse Message() =>
        new()
        {
            Status = new(),
            OkResponse = new()
            {
                Headers = { Overwrite("x-a", "1") },
                HeadersToRemove = { "authorization" },
                ResponseHeadersToAdd = { Overwrite("x-authsidecar-decision-id", Id) },
            },
            DynamicMetadata = new() { Fields = { ["decision_id"] = Google.Protobuf.WellKnownTypes.Value.ForString(Id) } },
        };

    private static HeaderValueOption Overwrite(string name, string value) =>
        new()
        {
            Header = new() { Key = name, Value = value },
            Append = false,
            AppendAction = HeaderValueOption.Types.HeaderAppendAction.OverwriteIfExistsOrAdd,
        };
}
